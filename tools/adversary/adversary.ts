// Decides what clients get to hear. Every departure from what the server said is put on record.

import { ACTIONS, type ActionName } from '../../shared/protocol/actions.ts';
import { ERROR_CODES } from '../../shared/protocol/errors.ts';
import { invent } from './invention.ts';
import { type Lied, type LieKind, lieAbout, Memory } from './lies.ts';
import type { Frame, Interceptor, Line } from './man-in-the-middle.ts';
import type { Random } from './random.ts';
import { type Json, type Place, placesIn, valueAt } from './schema-fields.ts';
import { type FrameName, frameNameOf, SERVER_FRAMES } from './server-frames.ts';
import type { Sorcerer } from './sorcerer.ts';

export type Trick =
  | 'field'
  | 'drop'
  | 'repeat'
  | 'late'
  | 'old-frame'
  | 'refuse'
  | 'withhold'
  | 'ghost'
  | 'ghost-message'
  | 'invented'
  | 'cut';

/** One lie, as the report has it. */
export interface Told {
  readonly frame: FrameName;
  readonly trick: Trick;
  /** With `field` and `invented`: which one, and what was said in it. */
  readonly field?: string;
  readonly kind?: LieKind;
}

const TRICKS: readonly (readonly [Trick, number])[] = [
  ['field', 46],
  ['ghost', 14],
  ['old-frame', 10],
  ['withhold', 8],
  ['repeat', 6],
  ['late', 5],
  ['ghost-message', 5],
  ['invented', 4],
  ['refuse', 3],
  ['drop', 2],
  ['cut', 1],
];
const EVENTS = [...SERVER_FRAMES].filter(([name]) => name.startsWith('event '));
const LATE_MS = 40;
/** Of the frames that a ghost could be in. */
const HAUNTED = 0.4;
const MOST_LIES_IN_A_FRAME = 3;

export class Adversary implements Interceptor {
  /** How often a frame is touched: 0 is an honest server. */
  intensity = 0;
  /** The account whose devices are lied to; null: all. One alone is a split view. */
  victim: string | null = null;
  readonly told: Told[] = [];
  /** How often the server itself refused for a limit or a throttle, whatever the client got to hear. */
  limited = 0;
  readonly #random: Random;
  readonly #sorcerer: Sorcerer;
  readonly #memory = new Memory();
  readonly #actions = new Map<number, Map<string, ActionName>>();
  readonly #old = new Map<FrameName, Frame[]>();
  readonly #lied = new Map<string, number>();

  constructor(random: Random, sorcerer: Sorcerer) {
    this.#random = random;
    this.#sorcerer = sorcerer;
  }

  fromClient(frame: Frame, line: Line): void {
    this.#sorcerer.overhear(frame, line);
    const { action, id } = frame;
    if (typeof action !== 'string' || typeof id !== 'string' || !Object.hasOwn(ACTIONS, action)) return;
    const actions = this.#actions.get(line.id) ?? new Map<string, ActionName>();
    this.#actions.set(line.id, actions.set(id, action as ActionName));
  }

  fromServer(frame: Frame, line: Line): void {
    const action = typeof frame.id === 'string' ? this.#actions.get(line.id)?.get(frame.id) : undefined;
    const name = frameNameOf(frame, action);
    if (isLimit(frame)) this.limited += 1;
    const isLie =
      this.#random.chance(this.intensity) && (this.victim === null || this.#sorcerer.ownerOf(line) === this.victim);
    if (isLie && name) this.#lie(frame, name, line);
    else line.tell(frame);
    if (name) this.#learn(frame, name);
  }

  #lie(frame: Frame, name: FrameName, line: Line): void {
    const trick = canBeHaunted(frame) && this.#random.chance(HAUNTED) ? 'ghost' : this.#pickTrick();
    const told = this.#perform(trick, frame, name, line);
    // What cannot be done to this frame is replaced by what always can.
    if (told) this.told.push(...told);
    else this.told.push(...this.#lieInFields(frame, name, line));
  }

  /** Undefined when the trick does not apply to the frame; nothing was told to the client then. */
  #perform(trick: Trick, frame: Frame, name: FrameName, line: Line): Told[] | undefined {
    const done = [{ frame: name, trick }];
    switch (trick) {
      case 'field':
        return undefined;
      case 'drop':
        return done;
      case 'cut':
        line.cut();
        return done;
      case 'repeat':
        line.tell(frame);
        line.tell(frame);
        return done;
      case 'late':
        setTimeout(() => line.tell(frame), LATE_MS);
        return done;
      case 'old-frame':
        return this.#tellInstead(this.#oldFrame(name), frame, line) ? done : undefined;
      case 'refuse':
        return this.#tellInstead(this.#refusal(name), frame, line) ? done : undefined;
      case 'withhold':
        return this.#tellInstead(withholding(frame), frame, line) ? done : undefined;
      case 'ghost':
        return this.#tellInstead(this.#sorcerer.haunt(frame, name), frame, line) ? done : undefined;
      case 'ghost-message':
        void this.#sorcerer.speakAsSomebody(line).then((message) => message && line.tell(message));
        line.tell(frame);
        return done;
      case 'invented':
        line.tell(frame);
        return this.#tellOfNothing(line);
    }
  }

  #tellInstead(lie: Frame | undefined, truth: Frame, line: Line): boolean {
    if (!lie) return false;
    line.tell({ ...lie, ...(truth.id === undefined ? {} : { id: truth.id }) });
    return true;
  }

  /** An event that is about nothing: every field of it is untrue. */
  #tellOfNothing(line: Line): Told[] {
    const [name, schema] = this.#random.pick(EVENTS);
    const frame = invent(schema, this.#memory, this.#random) as Frame;
    line.tell(frame);
    const places = placesIn(schema, frame).filter(({ path }) => valueAt(frame, path) !== undefined);
    return places.map(({ name: field }) => ({ frame: name, trick: 'invented', field }));
  }

  /** One to three untrue fields; those that were lied about least come first. */
  #lieInFields(frame: Frame, name: FrameName, line: Line): Told[] {
    const schema = SERVER_FRAMES.get(name);
    if (!schema) return [];
    let current: Json = { ...frame };
    const told: Told[] = [];
    for (let count = 1 + this.#random.below(MOST_LIES_IN_A_FRAME); count > 0; count--) {
      const places: Place[] = placesIn(schema, current).filter(({ path }) => path[0] !== 'event' && path[0] !== 'id');
      if (places.length === 0) break;
      const candidates: Place[] = [0, 1, 2].map(() => this.#random.pick(places));

      const [place] = candidates.toSorted((a, b) => this.#liesAbout(name, a) - this.#liesAbout(name, b));
      const lie: Lied | undefined = place && lieAbout(current, place, this.#memory, this.#random);
      if (!place || !lie) continue;
      current = lie.frame;
      this.#lied.set(`${name}: ${lie.lie.field}`, this.#liesAbout(name, place) + 1);
      told.push({ frame: name, trick: 'field', ...lie.lie });
    }
    line.tell(current as Frame);
    return told;
  }

  #liesAbout(frame: FrameName, { name }: Place): number {
    return this.#lied.get(`${frame}: ${name}`) ?? 0;
  }

  #pickTrick(): Trick {
    const whole = TRICKS.reduce((sum, [, weight]) => sum + weight, 0);
    let at = this.#random.next() * whole;
    for (const [trick, weight] of TRICKS) {
      at -= weight;
      if (at < 0) return trick;
    }
    return 'field';
  }

  #oldFrame(name: FrameName): Frame | undefined {
    const frames = this.#old.get(name) ?? [];
    return frames.length > 0 ? this.#random.pick(frames) : undefined;
  }

  #refusal(name: FrameName): Frame | undefined {
    if (!name.startsWith('reply ')) return undefined;
    const code = this.#random.pick(Object.keys(ERROR_CODES));
    return { ok: false, error: { code, message: 'so says the server' } };
  }

  #learn(frame: Frame, name: FrameName): void {
    const frames = this.#old.get(name) ?? [];
    if (frames.length < 24) frames.push(frame);
    else frames[this.#random.below(frames.length)] = frame;
    this.#old.set(name, frames);
    const schema = SERVER_FRAMES.get(name);
    for (const place of schema ? placesIn(schema, frame) : []) {
      const value = valueAt(frame, place.path);
      if (value !== undefined) this.#memory.remember(place.name, value, this.#random);
    }
  }
}

/** The server's own limits, and the gateway's, which speaks another language. */
function isLimit({ error, message }: Frame): boolean {
  const code = typeof error === 'object' && error !== null && !Array.isArray(error) ? error.code : undefined;
  return code === 'rate-limited' || message === 'Too Many Requests';
}

const canBeHaunted = ({ lists, bundles }: Frame): boolean => Array.isArray(lists) || Array.isArray(bundles);

/** Nothing new, and no more of it: of lists, of mail, of keys. */
function withholding(frame: Frame): Frame | undefined {
  const lists = Object.entries(frame).filter(([, value]) => Array.isArray(value));
  if (lists.length === 0) return undefined;
  return { ...frame, ...Object.fromEntries(lists.map(([key]) => [key, []])), ...('more' in frame && { more: false }) };
}
