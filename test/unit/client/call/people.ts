// Worlds as far as a test needs them, and what devices did in them.

import { step } from '../../../../client/call/machine/machine.ts';
import type { CallEffect, CallEvent, LegName, Said } from '../../../../client/call/machine/types.ts';
import { accept, type Plan, place, settle } from './schedules.ts';
import { arrive, deviceOf, newWorld, randomOf, signalOf, type World } from './world.ts';

export const CALL: Plan = { call: 'c1', by: 'A1', to: ['B1', 'B2'], media: 'audio' };
export const ALL = ['A1', 'A2', 'B1', 'B2', 'C1'];

/** A1 calls B1 and B2, which ring. */
export function ringing(media: Plan['media'] = 'audio'): World {
  return settle(place(newWorld(ALL), { ...CALL, media }));
}

/** B1 has accepted, and talks with A1. */
export function talking(media: Plan['media'] = 'audio', camera = false): World {
  return settle(accept(ringing(media), 'B1', 'c1', camera));
}

/** What a device does with an event; nothing of it is carried out. */
export function effectsOf(world: World, key: string, event: CallEvent): readonly CallEffect[] {
  return step(deviceOf(world, key).state, event, world.now).effects;
}

/** A signal of the call from one device to another, as the honest would not send it here. */
export function signal(from: string, to: string, said: Said, age = 0, mayRing = true): CallEvent {
  const part = (key: string) => ({ account: key.slice(0, 1), device: Number(key.slice(1)) });
  return { kind: 'signal', signal: signalOf(part(from), part(to), said), age, mayRing, random: randomOf('fresh') };
}

export function tell(world: World, from: string, to: string, said: Said, age = 0): World {
  const event = signal(from, to, said);
  return event.kind === 'signal' ? arrive(world, to, { kind: 'signal', signal: event.signal }, age) : world;
}

/** Types of the signals under way, with where they go. */
export function mail(world: World): string[] {
  return world.network.map(({ to, letter }) => {
    if (letter.kind !== 'signal') return `${letter.kind} to ${to}`;
    const { type } = letter.signal;
    return letter.signal.type === 'call-hangup' ? `${type} ${letter.signal.reason} to ${to}` : `${type} to ${to}`;
  });
}

export function kinds(effects: readonly CallEffect[]): string[] {
  return effects.map((effect) => (effect.kind === 'say' ? effect.said.type : effect.kind));
}

export function entries(world: World, key: string) {
  return deviceOf(world, key).entries.map(({ entry, tell: told, note }) => ({
    outcome: entry.outcome,
    seconds: entry.seconds,
    tell: told,
    note,
  }));
}

export function leg(peer: string, number = 1): LegName {
  return { call: 'c1', leg: number, account: peer.slice(0, 1), device: Number(peer.slice(1)) };
}
