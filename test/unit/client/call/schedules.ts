// What can happen next in a world, and what must be true of it.

import { isAnswered, isRunning } from '../../../../client/call/machine/state.ts';
import type { CallEvent } from '../../../../client/call/machine/types.ts';
import {
  bounce,
  crash,
  deliver,
  deviceOf,
  happen,
  keyOf,
  mediaEvents,
  pass,
  randomOf,
  report,
  Violation,
  type World,
  work,
} from './world.ts';

export interface Action {
  readonly name: string;
  readonly act: (world: World) => World;
  /** `trouble`: loss, repetition, failure, crash; an exhaustive search bounds it. `course`: what has begun goes on. */
  readonly kind: 'course' | 'gesture' | 'trouble';
}

/** A call that somebody may place. */
export interface Plan {
  readonly call: string;
  readonly by: string;
  readonly to: readonly string[];
  readonly media: 'audio' | 'video';
}

export function place(world: World, { call, by, to, media }: Plan): World {
  const account = to[0]?.slice(0, 1) ?? '';
  const devices = to.map((key) => ({ device: Number(key.slice(1)), random: randomOf(`${by}${key}${call}`) }));
  const timer = { seconds: 0, version: 0 } as const;
  const event: CallEvent = { kind: 'place', call, entry: `e${call}`, account, devices, media, direct: true, timer };
  return happen({ ...world, placed: [...world.placed, call] }, by, event);
}

export function accept(world: World, key: string, call: string, camera = false): World {
  return happen(world, key, { kind: 'accept', call, camera, direct: true, random: randomOf(`${key}${call}`) });
}

export function actionsOf(world: World, plans: readonly Plan[], long: boolean): Action[] {
  const actions: Action[] = [];
  const add = (name: string, act: Action['act'], kind: Action['kind'] = 'course') => actions.push({ name, act, kind });
  for (const plan of plans) {
    if (!world.placed.includes(plan.call) && deviceOf(world, plan.by).alive) {
      add(`${plan.by} places ${plan.call}`, (from) => place(from, plan), 'gesture');
    }
  }
  for (const { key, alive, state, jobs, media } of Object.values(world.devices)) {
    if (!alive) continue;
    for (const { call, stage } of state.calls) {
      if (stage === 'ended') continue;
      if (stage === 'ringing' || stage === 'offered-here' || long) {
        add(`${key} accepts ${call}`, (from) => accept(from, key, call));
        add(`${key} declines ${call}`, (from) => happen(from, key, { kind: 'decline', call }), 'gesture');
      }
      add(`${key} hangs up ${call}`, (from) => happen(from, key, { kind: 'hang-up', call }), 'gesture');
      if (!long) continue;
      for (const wanted of [true, false]) {
        add(
          `${key} wants video of ${call}: ${wanted}`,
          (from) => happen(from, key, { kind: 'want-video', call, wanted }),
          'gesture',
        );
        const sending = { microphone: wanted, camera: wanted };
        add(
          `${key} sends ${wanted} in ${call}`,
          (from) => happen(from, key, { kind: 'set-sending', call, sending }),
          'gesture',
        );
      }
      for (const device of [1, 2]) {
        if (keyOf(state.account, device) === key || world.devices[keyOf(state.account, device)] === undefined) continue;
        add(
          `${key} hands ${call} over to ${device}`,
          (from) => happen(from, key, { kind: 'hand-over', call, device }),
          'gesture',
        );
      }
    }
    for (const job of jobs) {
      add(`${key} does ${job.kind}`, (from) => work(from, key, job));
      add(`${key} fails at ${job.kind}`, (from) => work(from, key, job, 'failed'), 'trouble');
      if (job.kind === 'claim')
        add(`${key} hears nothing of its claim`, (from) => work(from, key, job, 'cut'), 'trouble');
    }
    for (const leg of Object.values(media)) {
      for (const event of mediaEvents(world, key, leg))
        add(`${key} ${event.kind}`, (from) => report(from, key, leg, event));
      if (!long) continue;
      const candidate = { kind: 'candidate', generation: 0, candidate: { candidate: HOST, mid: '0' } } as const;
      add(`${key} finds a candidate`, (from) => report(from, key, leg, candidate), 'gesture');
      if (leg.path === 'up') {
        add(`${key} interrupted`, (from) => report(from, key, leg, { kind: 'interrupted' }), 'gesture');
        add(`${key} has no path`, (from) => report(from, key, leg, { kind: 'failed', reason: 'path' }), 'gesture');
      }
    }
    if (long) add(`${key} drains`, (from) => happen(from, key, { kind: 'relay-draining' }), 'gesture');
    add(`${key} crashes`, (from) => crash(from, key), 'trouble');
  }
  world.network.forEach((mail, index) => {
    const what = mail.letter.kind === 'signal' ? mail.letter.signal.type : mail.letter.kind;
    add(`${what} ${index} arrives at ${mail.to}`, (from) => deliver(from, mail));
    add(`${what} ${index} arrives at ${mail.to} and comes again`, (from) => deliver(from, mail, true), 'trouble');
    add(`${what} ${index} to ${mail.to} is lost`, (from) => bounce(from, mail), 'trouble');
  });
  add('time passes', (from) => pass(from), 'trouble');
  return actions;
}

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.1 4000 typ host';

/** The caller and at most one device of the callee talk, and to each other. Holds while everybody is honest. */
export function holdTogether(world: World): void {
  const talking = Object.values(world.devices).flatMap((device) =>
    device.state.calls.filter(isAnswered).map((call) => ({ device, call })),
  );
  for (const { device, call } of talking) {
    if (call.direction === 'outgoing') continue;
    const same = talking.filter(
      (other) =>
        other.call.call === call.call &&
        other.call.leg === call.leg &&
        other.device.account === device.account &&
        other.device !== device,
    );
    if (same.length > 0) throw new Violation(`${call.call} is answered at ${device.key} and ${same[0]?.device.key}`);
    const peer = call.legs.find(({ name }) => name.leg === call.leg)?.name;
    const caller = talking.find(
      (other) =>
        other.call.call === call.call &&
        keyOf(other.device.account, other.device.device) === keyOf(peer?.account ?? '', peer?.device ?? 0),
    );
    const named = caller?.call.legs.some(({ name }) => keyOf(name.account, name.device) === device.key) ?? true;
    // In a handover one device hears later than the others that a leg is over, and nothing is sent to it any more: that is held at rest.
    const isHandedOver = caller !== undefined && (call.leg > 1 || caller.call.leg > 1);
    if (!named && !isHandedOver)
      throw new Violation(`${call.call}: ${device.key} talks, and the caller with another device`);
  }
}

/** Everybody's mail arrives, media does what it can, and 60 seconds pass without a gesture. */
export function comeToRest(world: World): World {
  const end = world.now + 60_000;
  let next = settle(world);
  while (next.now < end) {
    const before = next.now;
    next = settle(pass(next, Math.min(2_000, end - before)));
  }
  return next;
}

/** Without time passing: all mail, all work, all that media reports. */
export function settle(world: World): World {
  let next = world;
  for (let round = 0; round < 500; round++) {
    const [mail] = next.network;
    const device = Object.values(next.devices).find(({ jobs }) => jobs.length > 0);
    const [job] = device?.jobs ?? [];
    const [reported] = reports(next);
    if (mail !== undefined) next = deliver(next, mail);
    else if (device !== undefined && job !== undefined) next = work(next, device.key, job);
    else if (reported !== undefined) next = report(next, reported.key, reported.leg, reported.event);
    else return next;
  }
  throw new Violation('the world does not come to rest');
}

function reports(world: World) {
  return Object.values(world.devices).flatMap(({ key, media }) =>
    Object.values(media).flatMap((leg) => mediaEvents(world, key, leg).map((event) => ({ key, leg, event }))),
  );
}

/** Nobody rings, waits or is busy, but for two devices that talk with each other. */
export function holdAtRest(world: World): void {
  for (const device of Object.values(world.devices)) {
    for (const call of device.state.calls) {
      if (call.stage === 'ended') continue;
      const { key } = device;
      if (call.stage !== 'connected') throw new Violation(`${key} is still ${call.stage} in ${call.call}`);
      const [leg, ...more] = call.legs;
      if (leg === undefined || more.length > 0) throw new Violation(`${key} has more legs than one in ${call.call}`);
      const peer = deviceOf(world, keyOf(leg.name.account, leg.name.device));
      const mutual = peer.state.calls.some(
        (other) =>
          other.call === call.call &&
          other.stage === 'connected' &&
          other.legs.some(({ name }) => keyOf(name.account, name.device) === key && name.leg === leg.name.leg),
      );
      if (!mutual) throw new Violation(`${key} talks to ${peer.key}, which does not talk to it`);
    }
    if (Object.keys(device.media).length > device.state.calls.filter(isRunning).length) {
      throw new Violation(`${device.key} holds media that nobody needs`);
    }
  }
}
