import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSpqrMessage,
  encodeSpqrMessage,
  type SpqrMessage,
} from '../../../client/signal-protocol/braid/message.ts';
import { braidReceive } from '../../../client/signal-protocol/braid/receive.ts';
import { type SpqrState, spqrInitialize, spqrReceive, spqrSend } from '../../../client/signal-protocol/braid/spqr.ts';
import { portableProvider } from '../../../client/signal-protocol/index.ts';
import { SeededRandom } from './support/random.ts';

const SECRET = new Uint8Array(32).fill(7);

interface Side {
  state: SpqrState;
}

function pair(): { alice: Side; bob: Side } {
  return { alice: { state: spqrInitialize(true, SECRET) }, bob: { state: spqrInitialize(false, SECRET) } };
}

/** Sends one message and, unless it is lost, checks that both ends take the same key for it. */
async function pass(from: Side, to: Side, deliver = true): Promise<SpqrMessage> {
  const sent = await spqrSend(portableProvider, from.state);
  from.state = sent.state;
  if (deliver) {
    const received = await spqrReceive(portableProvider, to.state, sent.message);
    to.state = received.state;
    expect(received.key).toEqual(sent.key);
  }
  return decodeSpqrMessage(sent.message);
}

/** Exchanges messages until the state of `side` has the name. */
async function runUntil(side: Side, other: Side, name: SpqrState['braid']['name']): Promise<void> {
  for (let i = 0; i < 300 && side.state.braid.name !== name; i++) {
    await pass(side, other);
    if (side.state.braid.name !== name) await pass(other, side);
  }
  expect(side.state.braid.name).toBe(name);
}

/** The next message of `from`, with its payload replaced before it arrives. */
async function tamper(from: Side, change: (message: SpqrMessage) => SpqrMessage): Promise<Uint8Array> {
  return encodeSpqrMessage(change(decodeSpqrMessage((await spqrSend(portableProvider, from.state)).message)));
}

function flipChunk(message: SpqrMessage): SpqrMessage {
  if (!('chunk' in message.payload)) throw new Error('the message has no chunk');
  const { kind, chunk } = message.payload;
  const data = Uint8Array.from(chunk.data);
  data[5] = (data[5] ?? 0) ^ 1;
  return { ...message, payload: { kind, chunk: { ...chunk, data } } };
}

const refused = expect.objectContaining({ code: 'INVALID_PQ_RATCHET' });

describe('ML-KEM Braid', () => {
  it('passes through all eleven states, and the two sides change places', async () => {
    const { alice, bob } = pair();
    const seen = new Set<string>();
    for (let i = 0; i < 170; i++) {
      await pass(alice, bob);
      await pass(bob, alice);
      seen.add(alice.state.braid.name).add(bob.state.braid.name);
    }
    // KeysUnsampled lasts only from a message received to the next one sent.
    const all = ['KeysSampled', 'HeaderSent', 'Ct1Received', 'EkSentCt1Received', 'NoHeaderReceived', 'HeaderReceived'];
    for (const name of [...all, 'Ct1Sampled', 'Ct1Acknowledged', 'Ct2Sampled']) expect(seen).toContain(name);
    expect(alice.state.braid.epoch).toBeGreaterThan(3);
  });

  it('reaches EkReceivedCt1Sampled when the key arrives before ct1 is acknowledged', async () => {
    const { alice, bob } = pair();
    await runUntil(bob, alice, 'Ct1Sampled');
    // Alice hears one chunk of ct1 only, and so goes on sending the key, all of which arrives.
    await pass(bob, alice);
    while (bob.state.braid.name === 'Ct1Sampled') await pass(alice, bob);
    expect(bob.state.braid.name).toBe('EkReceivedCt1Sampled');
    await runUntil(bob, alice, 'Ct2Sampled');
    await runUntil(bob, alice, 'KeysSampled');
    expect(bob.state.braid.epoch).toBe(2);
  });

  it('goes on through any loss, as long as something arrives', async () => {
    const random = new SeededRandom(2);
    const { alice, bob } = pair();
    for (let i = 0; i < 900; i++) {
      const [from, to] = random.chance(0.5) ? [alice, bob] : [bob, alice];
      await pass(from, to, random.chance(0.6));
    }
    expect(alice.state.braid.epoch).toBeGreaterThan(3);
  });

  it('refuses a header that was altered', async () => {
    const { alice, bob } = pair();
    for (let i = 0; i < 2; i++) await pass(alice, bob);
    await expect(spqrReceive(portableProvider, bob.state, await tamper(alice, flipChunk))).rejects.toEqual(refused);
  });

  it('refuses a key that is not the one its header announced', async () => {
    const { alice, bob } = pair();
    await runUntil(bob, alice, 'Ct1Sampled');
    await pass(bob, alice);
    for (let i = 0; i < 35; i++) await pass(alice, bob);
    await expect(spqrReceive(portableProvider, bob.state, await tamper(alice, flipChunk))).rejects.toEqual(refused);
  });

  it('refuses such a key also when ct1 was acknowledged before it was complete', async () => {
    const { alice, bob } = pair();
    await runUntil(bob, alice, 'Ct1Acknowledged');
    const chunks = () => {
      const { braid } = bob.state;
      return braid.name === 'Ct1Acknowledged' ? braid.vector.chunks.length : 0;
    };
    while (chunks() < 35) await pass(alice, bob);
    await expect(spqrReceive(portableProvider, bob.state, await tamper(alice, flipChunk))).rejects.toEqual(refused);
  });

  it('refuses a ciphertext that was altered', async () => {
    const { alice, bob } = pair();
    await runUntil(bob, alice, 'Ct2Sampled');
    for (let i = 0; i < 4; i++) await pass(bob, alice);
    expect(alice.state.braid.name).toBe('EkSentCt1Received');
    await expect(spqrReceive(portableProvider, alice.state, await tamper(bob, flipChunk))).rejects.toEqual(refused);
  });

  it('refuses messages of epochs that cannot have begun', async () => {
    const { alice, bob } = pair();
    for (const epoch of [2, 3, 1000]) {
      const bytes = await tamper(alice, (message) => ({ ...message, epoch }));
      await expect(spqrReceive(portableProvider, bob.state, bytes)).rejects.toEqual(refused);
    }
    // Only a side that has sent all of its ciphertext can be told that the next epoch has begun.
    const next = { epoch: 2, payload: { kind: 'none' } } as const;
    for (const { braid } of [alice.state, bob.state]) {
      await expect(braidReceive(portableProvider, braid, next)).rejects.toEqual(refused);
    }
    await runUntil(bob, alice, 'Ct2Sampled');
    const later = braidReceive(portableProvider, bob.state.braid, { epoch: 3, payload: { kind: 'none' } });
    await expect(later).rejects.toEqual(refused);
    expect((await braidReceive(portableProvider, bob.state.braid, next)).state.name).toBe('KeysUnsampled');
  });

  it('never changes a state it was given', async () => {
    const { alice, bob } = pair();
    await runUntil(bob, alice, 'Ct1Sampled');
    const before = structuredClone(bob.state);
    await spqrReceive(portableProvider, bob.state, (await spqrSend(portableProvider, alice.state)).message);
    await spqrSend(portableProvider, bob.state);
    expect(bob.state).toEqual(before);
  });

  it('each message key is given out once', async () => {
    const { alice, bob } = pair();
    const first = await spqrSend(portableProvider, alice.state);
    const second = await spqrSend(portableProvider, first.state);
    const between = await spqrReceive(portableProvider, bob.state, second.message);
    const received = await spqrReceive(portableProvider, between.state, first.message);
    expect(received.key).toEqual(first.key);
    for (const { message } of [first, second]) {
      await expect(spqrReceive(portableProvider, received.state, message)).rejects.toMatchObject({
        code: 'DUPLICATE_MESSAGE',
      });
    }
  });
});

describe('the SPQR message', () => {
  const chunk = fc.record({
    index: fc.integer({ min: 0, max: 0xffff }),
    data: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  const payload = fc.oneof(
    fc.record({ kind: fc.constantFrom('none' as const, 'ct1-ack' as const) }),
    fc.record({ kind: fc.constantFrom('hdr', 'ek', 'ek-ct1-ack', 'ct1', 'ct2'), chunk }),
  );
  const number = fc.integer({ min: 1, max: 0xffffffff });

  it('has one encoding: whatever decodes was encoded so', () => {
    fc.assert(
      fc.property(fc.record({ epoch: number, keyIndex: number, payload }), (message) => {
        const bytes = encodeSpqrMessage(message);
        expect(decodeSpqrMessage(bytes)).toEqual(message);
        for (let length = 0; length < bytes.length; length++) {
          expect(() => decodeSpqrMessage(bytes.subarray(0, length))).toThrow(refused);
        }
        expect(() => decodeSpqrMessage(Uint8Array.of(...bytes, 0))).toThrow(refused);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('is refused with another version, type, needless bytes, or numbers that do not exist', () => {
    const bad = [
      [2, 1, 1, 0],
      [1, 0, 1, 0],
      [1, 1, 0, 0],
      [1, 1, 1, 7],
      [1, 0x81, 0, 1, 0],
      [1, 1, 1, 1, 0x80, 0x80, 4, ...new Uint8Array(32)],
    ];
    for (const bytes of bad) expect(() => decodeSpqrMessage(Uint8Array.from(bytes))).toThrow(refused);
  });
});
