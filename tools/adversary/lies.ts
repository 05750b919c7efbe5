import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { Random } from './random.ts';
import { type Json, type Place, valueAt, withValue } from './schema-fields.ts';

/** What was done to a field. */
export type LieKind =
  | 'bit-flipped'
  | 'other-bytes'
  | 'other-length'
  | 'seen-elsewhere'
  | 'junk-text'
  | 'other-number'
  | 'inverted'
  | 'other-choice'
  | 'emptied'
  | 'repeated'
  | 'reversed'
  | 'cut'
  | 'left-out'
  | 'nulled';

export interface Lie {
  readonly field: string;
  readonly kind: LieKind;
}

/** A frame with a lie in it. */
export interface Lied {
  readonly frame: Json;
  readonly lie: Lie;
}

/** Values that have been seen in each field, of whatever account: what is true of one is a good lie about another. */
export class Memory {
  readonly #seen = new Map<string, Json[]>();
  readonly #most = 24;

  remember(name: string, value: Json, random: Random): void {
    const values = this.#seen.get(name) ?? [];
    if (values.length < this.#most) values.push(value);
    else values[random.below(values.length)] = value;
    this.#seen.set(name, values);
  }

  recall(name: string): readonly Json[] {
    return this.#seen.get(name) ?? [];
  }
}

/** The frame with one untrue field. Undefined when nothing else can be said in the field. */
export function lieAbout(frame: Json, place: Place, memory: Memory, random: Random): Lied | undefined {
  const current = valueAt(frame, place.path);
  const options = untruths(place, current, memory, random).filter(
    ({ value }) => JSON.stringify(value) !== JSON.stringify(current),
  );
  if (options.length === 0) return undefined;
  const { kind, value } = random.pick(options);
  return { frame: withValue(frame, place.path, value), lie: { field: place.name, kind } };
}

interface Untruth {
  readonly kind: LieKind;
  readonly value: Json | undefined;
}

function untruths(place: Place, current: Json | undefined, memory: Memory, random: Random): Untruth[] {
  const { field, name, optional, nullable } = place;
  const elsewhere = memory.recall(name).map((value): Untruth => ({ kind: 'seen-elsewhere', value }));
  const general: Untruth[] = elsewhere.length > 0 ? [random.pick(elsewhere)] : [];
  if (optional) general.push({ kind: 'left-out', value: undefined });
  if (nullable) general.push({ kind: 'nulled', value: null });
  switch (field.kind) {
    case 'bytes':
      return [...general, ...untrueBytes(current, random)];
    case 'text':
      return [...general, { kind: 'junk-text', value: base64UrlEncode(random.bytes(6)) }];
    case 'number':
      return [
        ...general,
        { kind: 'other-number', value: untrueNumber(typeof current === 'number' ? current : 0, random) },
      ];
    case 'flag':
      return [...general, { kind: 'inverted', value: current !== true }];
    case 'choice':
      return [...general, { kind: 'other-choice', value: random.pick(field.values) }];
    case 'list':
      return [...general, ...untrueList(Array.isArray(current) ? current : [], random)];
    case 'object':
      return general;
  }
}

function untrueBytes(current: Json | undefined, random: Random): Untruth[] {
  const bytes = typeof current === 'string' ? base64UrlDecode(current) : undefined;
  if (!bytes || bytes.length === 0) return [{ kind: 'other-bytes', value: base64UrlEncode(random.bytes(32)) }];
  const flipped = Uint8Array.from(bytes);
  const bit = random.below(8 * bytes.length);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return [
    { kind: 'bit-flipped', value: base64UrlEncode(flipped) },
    { kind: 'other-bytes', value: base64UrlEncode(random.bytes(bytes.length)) },
    { kind: 'other-length', value: base64UrlEncode(bytes.subarray(1)) },
  ];
}

/** Near misses, bounds, and leaps of time. */
function untrueNumber(current: number, random: Random): number {
  const day = 86_400_000;
  return random.pick([
    current + 1,
    current - 1,
    0,
    1,
    127,
    99_999_999,
    2 ** 53 - 1,
    -1,
    current + 40 * day,
    current - 40 * day,
  ]);
}

function untrueList(current: readonly Json[], random: Random): Untruth[] {
  if (current.length === 0) return [];
  return [
    { kind: 'emptied', value: [] },
    { kind: 'repeated', value: [...current, random.pick(current)] },
    { kind: 'reversed', value: current.toReversed() },
    { kind: 'cut', value: current.slice(0, -1) },
  ];
}
