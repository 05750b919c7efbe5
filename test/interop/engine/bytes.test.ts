import { Fingerprint, PreKeySignalMessage, PrivateKey, PublicKey, SignalMessage } from '@signalapp/libsignal-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { nodeProvider } from '../../../client/platform/node-crypto.ts';
import { numericFingerprint } from '../../../client/signal-protocol/index.ts';
import { decodePreKeyMessage, encodePreKeyMessage } from '../../../client/signal-protocol/wire/prekey-message.ts';
import { decodeSignalMessage } from '../../../client/signal-protocol/wire/signal-message.ts';
import { xeddsaSign, xeddsaVerify } from '../../../shared/trust/xeddsa.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { ALICE, BOB } from './addresses.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

const PLAINTEXT = new Uint8Array(100).fill(1);

let engine: EnginePeer;
let libsignal: LibsignalPeer;

beforeEach(async () => {
  engine = await EnginePeer.create(ALICE, nodeProvider);
  libsignal = new LibsignalPeer(BOB);
  const [ours, theirs] = [await engine.bundle({ oneTime: true }), await libsignal.bundle({ oneTime: true })];
  await engine.trust(BOB, theirs);
  await libsignal.trust(ALICE, ours);
  await engine.start(BOB, theirs);
  await libsignal.start(ALICE, ours);
});

describe('bytes, beside libsignal', () => {
  it('first messages of both have the same fields in the same order and the same length', async () => {
    const [ours, theirs] = [await engine.encrypt(BOB, PLAINTEXT), await libsignal.encrypt(ALICE, PLAINTEXT)];
    // Registration ids are random here; a small one takes a byte less.
    const spare = engine.identity.registrationId < 128 ? 1 : 0;
    expect(ours.bytes.length + spare).toBe(theirs.bytes.length);
    expect(encodePreKeyMessage(decodePreKeyMessage(theirs.bytes))).toEqual(Uint8Array.from(theirs.bytes));
    const parsed = PreKeySignalMessage.deserialize(Uint8Array.from(ours.bytes));
    expect(parsed.registrationId()).toBe(engine.identity.registrationId);
    expect(parsed.version()).toBe(4);
  });

  it('later messages have the same length as libsignal gives them, message by message', async () => {
    await engine.decrypt(BOB, await libsignal.encrypt(ALICE, PLAINTEXT));
    await libsignal.decrypt(ALICE, await engine.encrypt(BOB, PLAINTEXT));
    for (let i = 0; i < 40; i++) {
      const ours = await engine.encrypt(BOB, PLAINTEXT);
      await libsignal.decrypt(ALICE, ours);
      const [parsed, message] = [
        SignalMessage.deserialize(Uint8Array.from(ours.bytes)),
        decodeSignalMessage(ours.bytes),
      ];
      expect(parsed.counter()).toBe(message.counter);
      expect(parsed.pqRatchet()).toEqual(Uint8Array.from(message.pqRatchet));
      const theirs = await libsignal.encrypt(ALICE, PLAINTEXT);
      await engine.decrypt(BOB, theirs);
      const withoutRatchet = (bytes: Uint8Array) => bytes.length - decodeSignalMessage(bytes).pqRatchet.length;
      expect(withoutRatchet(ours.bytes)).toBe(withoutRatchet(theirs.bytes));
    }
  });

  it('signatures of either verify with the other', () => {
    const random = new SeededRandom(5);
    for (let i = 0; i < 20; i++) {
      const key = PrivateKey.deserialize(Uint8Array.from(random.bytes(32)));
      const message = Uint8Array.from(random.bytes(i * 7));
      const publicKey = key.getPublicKey().serialize();
      expect(xeddsaVerify(publicKey.subarray(1), message, key.sign(message))).toBe(true);
      const signature = xeddsaSign(key.serialize(), message, random.bytes(64));
      expect(PublicKey.deserialize(publicKey).verify(message, Uint8Array.from(signature))).toBe(true);
    }
  });

  it('numeric fingerprints are the same, whichever side is local', () => {
    const [mine, yours] = [PrivateKey.generate().getPublicKey(), PrivateKey.generate().getPublicKey()];
    const ids = [Uint8Array.from({ length: 16 }, (_, i) => i), Uint8Array.from({ length: 16 }, () => 9)] as const;
    const expected = Fingerprint.new(5200, 2, ids[0], mine, ids[1], yours).displayableFingerprint().toString();
    const local = { identifier: ids[0], key: mine.serialize() };
    const remote = { identifier: ids[1], key: yours.serialize() };
    expect(numericFingerprint(local, remote)).toBe(expected);
    expect(numericFingerprint(remote, local)).toBe(expected);
  });
});
