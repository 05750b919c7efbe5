import type { Page } from 'playwright-core';
import type { IceServer, LegOptions, MediaEvent, MediaLeg } from '../../client/call/media.ts';
import type * as callPage from './call-page.ts';
import { eventually } from './eventually.ts';
import type { MediaCounts } from './media-counts.ts';

/** In the page. */
declare const page: typeof callPage;

type Policy = LegOptions['policy'];

/** One end of a call under test, wherever it runs. */
export interface CallPeer extends Omit<MediaLeg, 'close' | 'fingerprints'> {
  /** Everything that the leg has told, in order. */
  readonly events: readonly MediaEvent[];
  /** Called for every event, also for those that have come before. */
  listen(listener: (event: MediaEvent) => void): void;
  counts(): Promise<MediaCounts>;
  close(): Promise<void>;
}

/** What a leg tells, for those who come early and those who come late. */
export class Told {
  readonly events: MediaEvent[] = [];
  readonly #listeners: ((event: MediaEvent) => void)[] = [];

  readonly add = (event: MediaEvent): void => {
    this.events.push(event);
    for (const listener of this.#listeners) listener(event);
  };

  listen(listener: (event: MediaEvent) => void): void {
    this.events.forEach(listener);
    this.#listeners.push(listener);
  }
}

/** A leg in a page of call-page.ts. */
export class PagePeer implements CallPeer {
  readonly tab: Page;
  readonly #told: Told;

  private constructor(tab: Page, told: Told) {
    this.tab = tab;
    this.#told = told;
  }

  static async open(tab: Page, url: string, relays: readonly IceServer[], policy: Policy): Promise<PagePeer> {
    const told = new Told();
    await tab.exposeFunction('told', told.add);
    await tab.goto(url);
    await tab.evaluate((given) => page.open(...given), [relays, policy] as const);
    return new PagePeer(tab, told);
  }

  get events() {
    return this.#told.events;
  }
  listen(listener: (event: MediaEvent) => void): void {
    this.#told.listen(listener);
  }
  offer() {
    return this.tab.evaluate(() => page.offer());
  }
  answer(offer: string) {
    return this.tab.evaluate((sdp) => page.answer(sdp), offer);
  }
  accept(answer: string) {
    return this.tab.evaluate((sdp) => page.accept(sdp), answer);
  }
  add(...given: Parameters<MediaLeg['add']>) {
    return this.tab.evaluate((values) => page.add(...values), given);
  }
  restart(...given: Parameters<MediaLeg['restart']>) {
    return this.tab.evaluate((values) => page.restart(...values), given);
  }
  restartAnswer(...given: Parameters<MediaLeg['restartAnswer']>) {
    return this.tab.evaluate((values) => page.restartAnswer(...values), given);
  }
  restartAccept(...given: Parameters<MediaLeg['restartAccept']>) {
    return this.tab.evaluate((values) => page.restartAccept(...values), given);
  }
  send(...given: Parameters<MediaLeg['send']>) {
    return this.tab.evaluate((values) => page.send(...values), given);
  }
  counts() {
    return this.tab.evaluate(() => page.counts());
  }
  close() {
    return this.tab.evaluate(() => page.close());
  }

  // What a page can tell beyond that.
  used() {
    return this.tab.evaluate(() => page.used());
  }
  openDevices() {
    return this.tab.evaluate(() => page.openDevices());
  }
  fingerprints() {
    return this.tab.evaluate(() => page.fingerprints());
  }
  believe(fingerprint: string) {
    return this.tab.evaluate((value) => page.believe(value), fingerprint);
  }
  answerAll(offers: readonly string[]) {
    return this.tab.evaluate((values) => page.answerAll(values), offers);
  }
  denyCamera(error: string) {
    return this.tab.evaluate((name) => page.denyCamera(name), error);
  }
  takenCandidates() {
    return this.tab.evaluate(() => page.takenCandidates());
  }
  gathered() {
    return this.tab.evaluate(() => page.gathered());
  }
  pixel() {
    return this.tab.evaluate(() => page.pixel());
  }
}

/** Carries the candidates of each to the other. */
export function exchangeCandidates(one: CallPeer, other: CallPeer): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.listen((event) => {
      // A page that is being closed takes no more; a candidate that does not arrive shows in what is expected of the call.
      if (event.kind === 'candidate') to.add(event.candidate, event.generation).catch(() => {});
    });
  }
}

/** What was told of a leg's path, in order. */
export const statesOf = ({ events }: CallPeer): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'candidate') return [];
    return event.kind === 'failed' ? `failed: ${event.reason}` : event.kind;
  });

/** The types of all candidates that a leg has told, each once. */
export const candidateTypesOf = ({ events }: CallPeer): string[] => {
  const lines = events.flatMap((event) => (event.kind === 'candidate' ? event.candidate.candidate : []));
  return [...new Set(lines.map((line) => line.split(' ')[7] ?? line))].toSorted();
};

/** The code with which something was refused; in a page, the text of the error is all that comes out. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'not refused';
  } catch (error) {
    return String(error);
  }
}

/** Brings two legs together and returns when both say that they are connected. */
export async function connect(caller: CallPeer, callee: CallPeer): Promise<{ offer: string; answer: string }> {
  exchangeCandidates(caller, callee);
  const offer = await caller.offer();
  const answer = await callee.answer(offer);
  await caller.accept(answer);
  for (const peer of [caller, callee]) {
    await eventually(() => statesOf(peer)).toContain('connected');
  }
  return { offer, answer };
}

/** Returns when audio and video have been decoded on both sides, more than was before. */
export async function mediaFlows(...peers: CallPeer[]): Promise<void> {
  const before = await Promise.all(peers.map((peer) => peer.counts()));
  for (const [i, peer] of peers.entries()) {
    const { audioDecoded = 0, videoDecoded = 0 } = before[i] ?? {};
    await eventually(async () => {
      const now = await peer.counts();
      return now.audioDecoded > audioDecoded && now.videoDecoded > videoDecoded;
    }).toBe(true);
  }
}
