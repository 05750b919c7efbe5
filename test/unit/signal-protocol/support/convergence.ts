import { expect } from 'vitest';
import type { Peer } from './peer.ts';
import type { SeededRandom } from './random.ts';
import { Wire } from './wire.ts';

const EVENTS = 40;

/** Exchanges after which both sides must be talking in one session. */
const EXCHANGES = 10;

/**
 * Forty random events between two devices, either of which may start sessions at any time, even both at once; then peace.
 * Within ten exchanges the handshakes must be over: nothing carries one any more, and everything decrypts.
 */
export async function disturbThenConverge(alice: Peer, bob: Peer, random: SeededRandom): Promise<void> {
  await alice.trust(bob.address, await bob.bundle({ oneTime: false }));
  await bob.trust(alice.address, await alice.bundle({ oneTime: false }));
  const wires = [new Wire(alice, bob, random), new Wire(bob, alice, random)] as const;
  const ends = [
    [alice, bob],
    [bob, alice],
  ] as const;

  for (let event = 0; event < EVENTS; event++) {
    const side = random.below(2) === 0 ? 0 : 1;
    const [from, to] = ends[side];
    await disturb(from, to, wires[side], random);
  }
  for (const wire of wires) await wire.deliverAll();

  let last: string[] = [];
  for (let exchange = 0; exchange < EXCHANGES; exchange++) {
    last = [];
    for (const side of [0, 1] as const) {
      const [from, to] = ends[side];
      if (!(await from.hasSession(to.address))) await begin(from, to, random);
      const message = await wires[side].send();
      await wires[side].deliver();
      last.push(message.type);
    }
  }
  expect(last).toEqual(['message', 'message']);
}

async function disturb(from: Peer, to: Peer, wire: Wire, random: SeededRandom): Promise<void> {
  const event = random.next();
  if (event < 0.15) return begin(from, to, random);
  if (event < 0.45 && (await from.hasSession(to.address))) {
    await wire.send();
    return;
  }
  if (event < 0.75) return wire.deliver();
  if (event < 0.83) return wire.lose();
  if (event < 0.9) return wire.repeat();
  if (event < 0.95) return from.restart();
  await from.archive(to.address);
}

async function begin(from: Peer, to: Peer, random: SeededRandom): Promise<void> {
  await from.start(to.address, await to.bundle({ oneTime: random.chance(0.5) }));
}
