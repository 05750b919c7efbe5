// The media of the legs that this device has open. What the machine wants done to a leg is done in the order in which it was wanted, whatever
// takes how long; what becomes of it goes back as events.

import type { CallEffect, CallEvent, LegName } from './machine/types.ts';
import type { IceServer, LegOptions, MediaEngine, MediaLeg, Sending } from './media.ts';
import type { RelayDesk } from './relay-desk.ts';
import { RelayError } from './relays.ts';

/** Effects that are about the media of one leg. */
export type LegEffect = Extract<
  CallEffect,
  { kind: 'open' | 'accept' | 'add' | 'restart' | 'accept-restart' | 'send' | 'close' }
>;

interface Slot {
  readonly name: LegName;
  leg: MediaLeg | undefined;
  /** Ends when everything that was wanted so far is done. */
  tail: Promise<void>;
  /** Ends when everything is done that was wanted to be sent so far: a device opens when its person allows it, and the path does not wait for that. */
  sending: Promise<void>;
  /** Whether anything was wanted to be sent on it: of the legs of a call, the one that people talk on. */
  carries: boolean;
  closed: boolean;
}

export interface LegDeskOptions {
  readonly engine: MediaEngine;
  readonly relays: Pick<RelayDesk, 'get' | 'renew'>;
  /** Never called while an effect is being handed over. */
  readonly dispatch: (event: CallEvent) => void;
  /** Why a leg failed, for a log. */
  readonly onFailure: (error: unknown) => void;
}

export class LegDesk {
  readonly #options: LegDeskOptions;
  readonly #slots = new Map<string, Slot>();

  constructor(options: LegDeskOptions) {
    this.#options = options;
  }

  perform(effect: LegEffect): void {
    if (effect.kind === 'close') {
      this.#close(effect.name);
      return;
    }
    const slot = this.#slotOf(effect.name, effect.kind === 'open');
    if (!slot) return;
    if (effect.kind === 'send') {
      slot.carries = true;
      slot.sending = Promise.all([slot.tail, slot.sending]).then(() => this.#carryOut(slot, effect));
      return;
    }
    slot.tail = slot.tail.then(() => this.#carryOut(slot, effect));
  }

  /** The leg that people talk on; after a handover the newer one. */
  carrying(call: string): MediaLeg | undefined {
    const legs = [...this.#slots.values()].filter(({ name, carries }) => carries && name.call === call);
    return legs.toSorted((a, b) => a.name.leg - b.name.leg).at(-1)?.leg;
  }

  /** When everything that was wanted of the leg before is done. Undefined for a leg that is closed by then. */
  async fingerprints(name: LegName): Promise<MediaLeg['fingerprints'] | undefined> {
    const slot = this.#slots.get(keyOf(name));
    await slot?.tail;
    return slot?.closed ? undefined : slot?.leg?.fingerprints;
  }

  /** Opens devices ahead for the leg that will send: a person has called or accepted. */
  prepare(wanted: Sending): void {
    this.#options.engine.prepare(wanted);
  }

  /** Closes what was opened ahead and is not needed. */
  release(): void {
    this.#options.engine.release();
  }

  close(): void {
    this.release();
    for (const { name } of [...this.#slots.values()]) this.#close(name);
  }

  #slotOf(name: LegName, opens: boolean): Slot | undefined {
    const found = this.#slots.get(keyOf(name));
    if (found || !opens) return found;
    const [tail, sending] = [Promise.resolve(), Promise.resolve()];
    const slot: Slot = { name, leg: undefined, tail, sending, carries: false, closed: false };
    this.#slots.set(keyOf(name), slot);
    return slot;
  }

  #close(name: LegName): void {
    const slot = this.#slots.get(keyOf(name));
    if (!slot) return;
    slot.closed = true;
    slot.leg?.close();
    this.#slots.delete(keyOf(name));
  }

  async #carryOut(slot: Slot, effect: Exclude<LegEffect, { kind: 'close' }>): Promise<void> {
    if (slot.closed) return;
    try {
      if (effect.kind === 'open') await this.#open(slot, effect);
      else if (slot.leg) await this.#apply(slot, slot.leg, effect);
    } catch (error) {
      if (slot.closed) return;
      this.#options.onFailure(error);
      const reason = error instanceof RelayError ? 'no-relay' : 'media';
      this.#options.dispatch({ kind: 'media-error', name: slot.name, reason });
    }
  }

  async #open(slot: Slot, { name, offer, needsRelay }: Extract<LegEffect, { kind: 'open' }>): Promise<void> {
    const relays = await this.#options.relays.get(name.call);
    if (slot.closed) return;
    if (relays.length === 0 && needsRelay)
      return this.#options.dispatch({ kind: 'media-error', name, reason: 'no-relay' });
    slot.leg = this.#options.engine.open(this.#legOptions(slot, relays));
    const sdp = offer === undefined ? await slot.leg.offer() : await slot.leg.answer(offer);
    const role = offer === undefined ? 'offer' : 'answer';
    if (!slot.closed) this.#options.dispatch({ kind: 'described', name, role, sdp });
  }

  #legOptions(slot: Slot, relays: readonly IceServer[]): LegOptions {
    const { name } = slot;
    return {
      relays,
      policy: relays.length > 0 ? 'relay' : 'all',
      onEvent: (event) => {
        if (!slot.closed) this.#options.dispatch({ kind: 'media', name, event });
      },
    };
  }

  async #apply(slot: Slot, leg: MediaLeg, effect: Exclude<LegEffect, { kind: 'open' | 'close' }>): Promise<void> {
    switch (effect.kind) {
      case 'accept':
        return leg.accept(effect.sdp);
      case 'accept-restart':
        return leg.restartAccept(effect.sdp, effect.generation);
      case 'send':
        return leg.send(effect.sending);
      case 'add':
        for (const candidate of effect.candidates) await leg.add(candidate, effect.generation);
        return;
      case 'restart':
        return this.#restart(slot, leg, effect);
    }
  }

  async #restart(slot: Slot, leg: MediaLeg, effect: Extract<LegEffect, { kind: 'restart' }>): Promise<void> {
    const { name, generation, offer, policy } = effect;
    const relays = await this.#options.relays.renew(name.call);
    const sdp =
      offer === undefined
        ? await leg.restart(generation, relays, policy)
        : await leg.restartAnswer(offer, generation, relays, policy);
    const role = offer === undefined ? 'offer' : 'answer';
    if (!slot.closed) this.#options.dispatch({ kind: 'restarted', name, generation, role, sdp });
  }
}

const keyOf = ({ call, leg, account, device }: LegName): string => `${call}/${leg}/${account}/${device}`;
