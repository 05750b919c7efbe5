// Devices of a few people, the server between them and their media, as one value: every schedule of it can be walked, and repeated.

import { commitmentTo } from '../../../../client/call/machine/commitment.ts';
import { initialState, nextDeadline, step, views } from '../../../../client/call/machine/machine.ts';
import { type Call, type CallsState, isAnswered, isRunning } from '../../../../client/call/machine/state.ts';
import type { CallEffect, CallEvent, CallView, LegName, Said } from '../../../../client/call/machine/types.ts';
import type { MediaEvent } from '../../../../client/call/media.ts';
import type { CallHandover, CallSignal } from '../../../../client/conversation/call-content.ts';
import { base64UrlEncode } from '../../../../shared/protocol/base64url.ts';

export interface Media {
  readonly name: LegName;
  readonly described: boolean;
  readonly remote: boolean;
  readonly path: 'none' | 'up' | 'down';
  readonly sending: boolean;
  readonly decoded: boolean;
}

export type Job =
  | { readonly kind: 'describe'; readonly name: LegName; readonly role: 'offer' | 'answer' }
  | { readonly kind: 'restart'; readonly name: LegName; readonly generation: number; readonly role: 'offer' | 'answer' }
  | { readonly kind: 'claim'; readonly call: string };

export interface Device {
  readonly key: string;
  readonly account: string;
  readonly device: number;
  readonly alive: boolean;
  readonly state: CallsState;
  readonly media: Readonly<Record<string, Media>>;
  readonly jobs: readonly Job[];
  /** Calls that the person has placed or accepted here, and those it has declined. */
  readonly consented: readonly string[];
  readonly declined: readonly string[];
  /** By leg: the first commitment that came, and whether an answer was said. */
  readonly commitments: Readonly<Record<string, string>>;
  readonly answered: readonly string[];
  readonly confirmed: readonly string[];
  /** Legs of handovers that the device it talks to has announced. */
  readonly announced: readonly string[];
  readonly entries: readonly Extract<CallEffect, { kind: 'entry' }>[];
}

export type Letter =
  | { readonly kind: 'signal'; readonly signal: CallSignal }
  | { readonly kind: 'handover'; readonly handover: CallHandover }
  | { readonly kind: 'claimed'; readonly call: string };

export interface InFlight {
  readonly to: string;
  readonly sentAt: number;
  readonly letter: Letter;
}

export interface World {
  readonly now: number;
  readonly devices: Readonly<Record<string, Device>>;
  readonly network: readonly InFlight[];
  readonly claims: Readonly<Record<string, string>>;
  readonly placed: readonly string[];
  /** Devices that do not ring: muted. */
  readonly muted: readonly string[];
}

export class Violation extends Error {}

export const NOW = 1_000_000;
export const legKey = ({ call, leg, account, device }: LegName): string => `${call}/${leg}/${account}${device}`;
export const keyOf = (account: string, device: number): string => `${account}${device}`;
/** 16 bytes that depend on the text alone. */
export function randomOf(text: string): string {
  return base64UrlEncode(Uint8Array.from({ length: 16 }, (_, index) => text.charCodeAt(index % text.length)));
}

export function newWorld(keys: readonly string[]): World {
  const devices = keys.map((key): Device => {
    const account = key.slice(0, 1);
    const device = Number(key.slice(1));
    const empty = {
      media: {},
      jobs: [],
      consented: [],
      declined: [],
      commitments: {},
      answered: [],
      confirmed: [],
      announced: [],
    };
    return { key, account, device, alive: true, state: initialState({ account, device }), ...empty, entries: [] };
  });
  return {
    now: NOW,
    devices: Object.fromEntries(devices.map((device) => [device.key, device])),
    network: [],
    claims: {},
    placed: [],
    muted: [],
  };
}

export function deviceOf(world: World, key: string): Device {
  const device = world.devices[key];
  if (device === undefined) throw new Error(`no device ${key}`);
  return device;
}

export function viewsOf(world: World, key: string): CallView[] {
  return views(deviceOf(world, key).state);
}

export function phase(world: World, key: string, call: string): string | undefined {
  const view = viewsOf(world, key).find((shown) => shown.call === call);
  return view?.reason === undefined ? view?.phase : `${view.phase}: ${view.reason}`;
}

function withDevice(world: World, device: Device): World {
  return { ...world, devices: { ...world.devices, [device.key]: device } };
}

/** One event at one device, with what is promised of every step held against it. */
export function happen(world: World, key: string, event: CallEvent): World {
  const before = deviceOf(world, key);
  if (!before.alive) return world;
  const known = remember(before, event);
  const { state, effects } = step(known.state, event, world.now);
  promisedOf(known.state, state, event);
  let next = withDevice(world, { ...known, state });
  for (const effect of effects) next = carryOut(next, key, effect);
  const after = deviceOf(next, key);
  const running = after.state.calls.filter(isRunning);
  if (running.length > 1) throw new Violation(`${key} is in two calls`);
  for (const { name } of Object.values(after.media)) {
    const held = after.state.calls.some(
      (call) => call.stage !== 'ended' && call.legs.some((leg) => legKey(leg.name) === legKey(name)),
    );
    if (!held) throw new Violation(`${key} holds media of ${legKey(name)}, which has ended`);
  }
  return next;
}

/** What the watching world knows of a device, by what it was given and not by what the machine made of it. */
function remember(device: Device, event: CallEvent): Device {
  if (event.kind === 'place' || event.kind === 'accept') {
    return { ...device, consented: [...device.consented, event.call] };
  }
  if (event.kind === 'decline' || event.kind === 'hang-up') {
    return { ...device, declined: [...device.declined, event.call] };
  }
  if (event.kind !== 'signal') return device;
  const { signal } = event;
  const leg = legKey({ call: signal.call, leg: signal.leg, account: signal.from, device: signal.fromDevice });
  if (signal.type === 'call-offer' && device.commitments[leg] === undefined) {
    return { ...device, commitments: { ...device.commitments, [leg]: signal.commitment } };
  }
  if (signal.type === 'call-transfer') {
    const talksTo = device.confirmed.some(
      (other) => other.startsWith(`${signal.call}/`) && other.endsWith(`/${keyOf(signal.from, signal.fromDevice)}`),
    );
    const next = legKey({ call: signal.call, leg: signal.leg, account: signal.from, device: signal.device });
    return talksTo ? { ...device, announced: [...device.announced, next] } : device;
  }
  if (signal.type !== 'call-confirm' || signal.random === null || signal.device !== device.device) return device;
  const holds = device.answered.includes(leg) && commitmentTo(signal.random) === device.commitments[leg];
  return holds ? { ...device, confirmed: [...device.confirmed, leg] } : device;
}

/** What one step must never do, whoever sent the event. */
function promisedOf(before: CallsState, after: CallsState, event: CallEvent): void {
  const stillAnswered = (call: Call) =>
    after.calls.some((next) => next.call === call.call && next.stage === call.stage);
  const harmless =
    event.kind === 'claimed' ||
    (event.kind === 'signal' && (event.signal.type === 'call-decline' || event.signal.type === 'call-busy'));
  for (const call of before.calls) {
    const answered = isAnswered(call) || (event.kind === 'claimed' && call.stage === 'answering');
    const expires = call.deadline !== undefined;
    if (harmless && answered && !expires && !stillAnswered(call))
      throw new Violation(`an answered call ended by ${event.kind}`);
    if (event.kind === 'claimed' && call.stage === 'ringing') {
      const next = after.calls.find((other) => other.call === call.call);
      if (next?.stage !== 'ringing' && next?.stage !== 'ended') throw new Violation('a claim began something');
    }
  }
  if (event.kind !== 'signal' || event.signal.type === 'call-offer') return;
  const { from, fromDevice, type } = event.signal;
  const concerned = before.calls.some(({ call, legs, account, transfer }) => {
    if (call !== event.signal.call || account !== from) return false;
    return legs.some(({ name }) => name.device === fromDevice) || transfer?.device === fromDevice;
  });
  const due = before.calls.some((call) => (call.deadline ?? Infinity) <= 0);
  if (!concerned && !due && after.calls.length > before.calls.length) throw new Violation(`${type} made a call`);
}

function carryOut(world: World, key: string, effect: CallEffect): World {
  const device = deviceOf(world, key);
  const fail = (what: string): never => {
    throw new Violation(`${key}: ${what}`);
  };
  const change = (changes: Partial<Device>): World => withDevice(world, { ...device, ...changes });
  const consented = (call: string) => device.consented.includes(call) || fail(`${effect.kind} before a gesture`);
  const media = (name: LegName): Media => {
    consented(name.call);
    return device.media[legKey(name)] ?? fail(`${effect.kind} on ${legKey(name)}, which is not open`);
  };
  const withMedia = (changed: Media, changes: Partial<Device> = {}): World =>
    change({ ...changes, media: { ...device.media, [legKey(changed.name)]: changed } });
  switch (effect.kind) {
    case 'open': {
      const { name, offer } = effect;
      consented(name.call);
      if (device.media[legKey(name)] !== undefined) fail('opens twice');
      if (offer !== undefined && name.leg > 1 && !device.announced.includes(legKey(name)))
        fail('answers an unannounced leg');
      const opened = {
        name,
        described: false,
        remote: offer !== undefined,
        path: 'none',
        sending: false,
        decoded: false,
      } as const;
      const role = offer === undefined ? 'offer' : 'answer';
      return withMedia(opened, { jobs: [...device.jobs, { kind: 'describe', name, role }] });
    }
    case 'claim':
      if (!device.declined.includes(effect.call)) consented(effect.call);
      return change({ jobs: [...device.jobs, { kind: 'claim', call: effect.call }] });
    case 'accept': {
      const open = media(effect.name);
      if (open.remote) fail('accepts twice');
      return withMedia({ ...open, remote: true });
    }
    case 'add':
      media(effect.name);
      return world;
    case 'restart': {
      const { name, generation, offer } = effect;
      media(name);
      const role = offer === undefined ? 'offer' : 'answer';
      return change({ jobs: [...device.jobs, { kind: 'restart', name, generation, role }] });
    }
    case 'accept-restart':
      media(effect.name);
      return world;
    case 'send':
      if (!device.confirmed.includes(legKey(effect.name))) fail('sends before the confirmation');
      return withMedia({ ...media(effect.name), sending: true });
    case 'code':
      if (!device.confirmed.includes(legKey(effect.name))) fail('shows a code before the confirmation');
      return world;
    case 'close': {
      media(effect.name);
      const { [legKey(effect.name)]: _closed, ...open } = device.media;
      const jobs = device.jobs.filter((job) => job.kind === 'claim' || legKey(job.name) !== legKey(effect.name));
      return change({ media: open, jobs });
    }
    case 'entry':
      return change({ entries: [...device.entries, effect] });
    case 'changed':
      return world;
    case 'say-handover': {
      const to = keyOf(device.account, effect.device);
      const head = { version: 1, id: 'm', from: device.account, to: device.account, type: 'call-handover' } as const;
      const handover = { ...head, fromDevice: device.device, toDevice: effect.device, ...effect.handover };
      return post(world, to, { kind: 'handover', handover });
    }
    case 'say':
      return said(world, device, effect, fail);
  }
}

function said(
  world: World,
  device: Device,
  { said: signal, to, expires }: Extract<CallEffect, { kind: 'say' }>,
  fail: (what: string) => never,
): World {
  if (expires > world.now + 60_000) fail(`${signal.type} is tried for more than 60 seconds`);
  const leg = legKey({ call: signal.call, leg: signal.leg, ...to });
  let next = world;
  if (signal.type === 'call-answer') {
    if (!device.consented.includes(signal.call)) fail('answers before a gesture');
    next = withDevice(next, { ...device, answered: [...device.answered, leg] });
  }
  if (signal.type === 'call-confirm' && signal.random !== null) {
    const other = device.confirmed.some((known) => known.startsWith(`${signal.call}/${signal.leg}/`));
    if (other) fail('confirms two devices');
    next = withDevice(next, { ...device, confirmed: [...device.confirmed, leg] });
  }
  return post(next, keyOf(to.account, to.device), { kind: 'signal', signal: signalOf(device, to, signal) });
}

/** A signal as it arrives. */
export function signalOf(
  from: { account: string; device: number },
  to: { account: string; device: number },
  signal: Said,
): CallSignal {
  const head = { version: 1, id: 'm', from: from.account, to: to.account } as const;
  return { ...head, fromDevice: from.device, toDevice: to.device, ...signal };
}

export function post(world: World, to: string, letter: Letter): World {
  return { ...world, network: [...world.network, { to, sentAt: world.now, letter }] };
}

/** @param keep the network keeps a copy: it comes again */
export function deliver(world: World, mail: InFlight, keep = false): World {
  const network = keep ? world.network : world.network.filter((other) => other !== mail);
  return arrive({ ...world, network }, mail.to, mail.letter, world.now - mail.sentAt);
}

export function arrive(world: World, to: string, letter: Letter, age: number): World {
  if (world.devices[to] === undefined) return world;
  if (letter.kind === 'claimed') return happen(world, to, { kind: 'claimed', call: letter.call, by: 'other' });
  if (letter.kind === 'handover') return happen(world, to, { kind: 'handover', handover: letter.handover, age });
  const { signal } = letter;
  const random = randomOf(`auto${to}${signal.call}${signal.leg}`);
  return happen(world, to, { kind: 'signal', signal, age, mayRing: !world.muted.includes(to), random });
}

/** The signal is lost for good, and its sender is told. */
export function bounce(world: World, mail: InFlight): World {
  const rest = { ...world, network: world.network.filter((other) => other !== mail) };
  if (mail.letter.kind !== 'signal') return rest;
  const { from, fromDevice, to, toDevice, call, leg, type } = mail.letter.signal;
  return happen(rest, keyOf(from, fromDevice), {
    kind: 'undeliverable',
    to: { call, leg, account: to, device: toDevice },
    type,
  });
}

/** @param how `cut`: the server decides a claim, and its answer is lost */
export function work(world: World, key: string, job: Job, how: 'done' | 'failed' | 'cut' = 'done'): World {
  const device = deviceOf(world, key);
  const rest = withDevice(world, { ...device, jobs: device.jobs.filter((other) => other !== job) });
  if (job.kind !== 'claim') {
    const { kind, name, role } = job;
    if (how !== 'done') return happen(rest, key, { kind: 'media-error', name, reason: 'media' });
    if (kind === 'restart') {
      return happen(rest, key, { kind: 'restarted', name, generation: job.generation, role, sdp: 'restart' });
    }
    const media = device.media[legKey(name)];
    if (media === undefined) return rest;
    const described = { ...device.media, [legKey(name)]: { ...media, described: true } };
    const next = withDevice(rest, { ...deviceOf(rest, key), media: described });
    return happen(next, key, { kind: 'described', name, role, sdp: role });
  }
  if (how === 'failed') return happen(rest, key, { kind: 'claimed', call: job.call, by: undefined });
  const claim = `${device.account}/${job.call}`;
  const holder = rest.claims[claim] ?? key;
  let next: World = { ...rest, claims: { ...rest.claims, [claim]: holder } };
  if (rest.claims[claim] === undefined) {
    for (const other of Object.values(next.devices)) {
      if (other.account === device.account && other.key !== key)
        next = post(next, other.key, { kind: 'claimed', call: job.call });
    }
  }
  const by = how === 'cut' ? undefined : holder === key ? 'this' : 'other';
  return happen(next, key, { kind: 'claimed', call: job.call, by });
}

/** The media at the other end of a leg. */
export function peerMedia(world: World, key: string, { name }: Media): Media | undefined {
  const { account, device } = deviceOf(world, key);
  const peer = world.devices[keyOf(name.account, name.device)];
  return peer?.alive ? peer.media[legKey({ call: name.call, leg: name.leg, account, device })] : undefined;
}

/** What the media of a leg could report now. */
export function mediaEvents(world: World, key: string, media: Media): MediaEvent[] {
  const peer = peerMedia(world, key, media);
  const linked = peer !== undefined && [peer, media].every(({ described, remote }) => described && remote);
  if (media.path === 'up' && !linked) return [{ kind: 'interrupted' }];
  if (linked && media.path !== 'up') return [{ kind: 'connected' }];
  return linked && peer.sending && !media.decoded ? [{ kind: 'decoding' }] : [];
}

export function report(world: World, key: string, media: Media, event: MediaEvent): World {
  const device = deviceOf(world, key);
  const paths = { connected: 'up', interrupted: 'down', failed: 'down' } as const;
  const path =
    event.kind === 'connected' || event.kind === 'interrupted' || event.kind === 'failed'
      ? paths[event.kind]
      : media.path;
  const now = { ...media, path, decoded: media.decoded || event.kind === 'decoding' };
  const next = withDevice(world, { ...device, media: { ...device.media, [legKey(media.name)]: now } });
  return happen(next, key, { kind: 'media', name: media.name, event });
}

export function crash(world: World, key: string): World {
  const device = deviceOf(world, key);
  const gone = { ...device, alive: false, media: {}, jobs: [], state: initialState(device) };
  return withDevice(world, gone);
}

/** Time goes on to the next deadline, or by so many milliseconds; every device wakes at each of its deadlines. */
export function pass(world: World, by?: number): World {
  const until = by === undefined ? undefined : world.now + by;
  const dues = Object.values(world.devices).flatMap(({ alive, state }) => (alive ? (nextDeadline(state) ?? []) : []));
  const due = Math.min(...dues);
  if (until !== undefined && due > until) return { ...world, now: until };
  if (due === Infinity) return world;
  let next: World = { ...world, now: Math.max(world.now, due) };
  for (const key of Object.keys(world.devices)) next = happen(next, key, { kind: 'time' });
  return until === undefined ? next : pass(next, until - next.now);
}
