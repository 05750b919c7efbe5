import { beforeEach, describe, expect, it } from 'vitest';
import { encodeAddresses } from '../../../client/signal-protocol/address.ts';
import { encodeSpqrMessage } from '../../../client/signal-protocol/braid/message.ts';
import type { EncryptedMessage } from '../../../client/signal-protocol/index.ts';
import { deriveMessageKeys } from '../../../client/signal-protocol/ratchet/chain.ts';
import { ratchetSend } from '../../../client/signal-protocol/ratchet/double-ratchet.ts';
import { encryptInSession } from '../../../client/signal-protocol/session/cipher.ts';
import { decodePreKeyMessage, encodePreKeyMessage } from '../../../client/signal-protocol/wire/prekey-message.ts';
import { decodeSignalMessage, encodeSignalMessage } from '../../../client/signal-protocol/wire/signal-message.ts';
import { ALICE, acquainted, BOB, inSession, snapshot, text } from './support/acquainted.ts';
import { type EnginePeer, present } from './support/engine-peer.ts';

let alice: EnginePeer;
let bob: EnginePeer;

beforeEach(async () => {
  ({ alice, bob } = await inSession());
});

/** Refused with a coded error, and the store byte for byte as before. */
async function expectRefused(message: EncryptedMessage, code: unknown = expect.any(String)): Promise<void> {
  const before = snapshot(bob);
  await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ name: 'ProtocolError', code });
  expect(snapshot(bob)).toEqual(before);
}

function* everyBit(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

async function freshHandshake(): Promise<EncryptedMessage> {
  ({ alice, bob } = await acquainted());
  await alice.start(BOB, await bob.bundle({ oneTime: true }));
  return alice.encrypt(BOB, text('hello'));
}

describe('a ratchet message', () => {
  it('cut at any byte is refused', async () => {
    const { type, bytes } = await alice.encrypt(BOB, text('hello'));
    for (let length = 0; length < bytes.length; length++)
      await expectRefused({ type, bytes: bytes.subarray(0, length) });
    expect(await bob.decrypt(ALICE, { type, bytes })).toEqual(text('hello'));
  });

  it('with any single bit flipped is refused', async () => {
    const { type, bytes } = await alice.encrypt(BOB, text('hello'));
    for (const flipped of everyBit(bytes)) await expectRefused({ type, bytes: flipped });
    expect(await bob.decrypt(ALICE, { type, bytes })).toEqual(text('hello'));
  });

  it('with bytes behind it is refused', async () => {
    const { type, bytes } = await alice.encrypt(BOB, text('hello'));
    await expectRefused({ type, bytes: Uint8Array.of(...bytes, 0) });
  });

  it('that arrives again is refused', async () => {
    const message = await alice.encrypt(BOB, text('hello'));
    await bob.decrypt(ALICE, message);
    await expectRefused(message, 'DUPLICATE_MESSAGE');
  });

  it('of any other version is refused', async () => {
    const { type, bytes } = await alice.encrypt(BOB, text('hello'));
    const versioned = (version: number) => ({ type, bytes: Uint8Array.of(version, ...bytes.subarray(1)) });
    for (const version of [0x33, 0x34, 0x22, 0x00]) await expectRefused(versioned(version), 'LEGACY_VERSION');
    for (const version of [0x43, 0x45, 0x55, 0xff]) await expectRefused(versioned(version), 'UNKNOWN_VERSION');
  });

  it('more than 25,000 ahead is refused before the work of reaching it is done', async () => {
    const message = decodeSignalMessage((await alice.encrypt(BOB, text('hello'))).bytes);
    const keys = { sender: new Uint8Array(33), receiver: new Uint8Array(33) };
    // The first message of a chain that Bob does not know yet, so that its counter is the distance.
    const ahead = (counter: number): EncryptedMessage => {
      const header = { ...message, counter };
      return {
        type: 'message',
        bytes: encodeSignalMessage(header, message.ciphertext, undefined, new Uint8Array(32), keys),
      };
    };
    await expectRefused(ahead(25_000), 'DECRYPTION_FAILED');
    await expectRefused(ahead(25_001), 'TOO_FAR_AHEAD');
    await expectRefused(ahead(0xffffffff), 'TOO_FAR_AHEAD');
  });
});

describe('a ratchet message that is bound to addresses', () => {
  /** libsignal binds only messages with a handshake; a peer that binds all of them has to bind them correctly. */
  async function bound(addresses: Uint8Array): Promise<EncryptedMessage> {
    const session = { ...alice.session(BOB), pending: unanswered };
    const { message } = await encryptInSession(alice.provider, session, text('hello'), () => addresses);
    return { type: 'message', bytes: decodePreKeyMessage(message.bytes).message };
  }

  const unanswered = {
    preKeyId: undefined,
    signedPreKeyId: 1,
    kyberPreKeyId: 1,
    kyberCiphertext: new Uint8Array(1569),
    startedAt: 0,
  };

  it('is read when they are right, and refused when either is not', async () => {
    const carol = { ...ALICE, deviceId: 3 };
    await expectRefused(await bound(encodeAddresses(carol, BOB)), 'ADDRESS_MISMATCH');
    await expectRefused(await bound(encodeAddresses(ALICE, carol)), 'ADDRESS_MISMATCH');
    await expectRefused(await bound(encodeAddresses(BOB, ALICE)), 'ADDRESS_MISMATCH');
    expect(await bob.decrypt(ALICE, await bound(encodeAddresses(ALICE, BOB)))).toEqual(text('hello'));
  });
});

describe('a downgrade', () => {
  /** Makes what a peer without the post-quantum ratchet, or with another one, would send with the session's real keys. */
  function withoutPqKey(pqRatchet: Uint8Array): EncryptedMessage {
    const session = alice.session(BOB);
    const { seed } = ratchetSend(session.ratchet);
    const keys = deriveMessageKeys(seed, new Uint8Array(32));
    const header = {
      ratchetKey: session.ratchet.ratchetKey.publicKey,
      counter: session.ratchet.sending.index,
      previousCounter: 0,
      pqRatchet,
    };
    const identities = { sender: alice.identity.keyPair.publicKey, receiver: bob.identity.keyPair.publicKey };
    return {
      type: 'message',
      bytes: encodeSignalMessage(header, new Uint8Array(16), undefined, keys.macKey, identities),
    };
  }

  it('that leaves the post-quantum ratchet out is refused', async () => {
    await expectRefused(withoutPqKey(new Uint8Array(0)), 'MISSING_PQ_RATCHET');
  });

  it('that claims to have no post-quantum key yet, or a later version of it, is refused', async () => {
    const message = encodeSpqrMessage({ epoch: 1, keyIndex: 1, payload: { kind: 'none' } });
    await expectRefused(withoutPqKey(Uint8Array.of(1, 1, 0, 0)), 'INVALID_PQ_RATCHET');
    await expectRefused(withoutPqKey(Uint8Array.of(0, ...message.subarray(1))), 'INVALID_PQ_RATCHET');
    await expectRefused(withoutPqKey(Uint8Array.of(2, ...message.subarray(1))), 'INVALID_PQ_RATCHET');
  });

  it('to an epoch that has not begun is refused', async () => {
    const message = encodeSpqrMessage({ epoch: 9, keyIndex: 1, payload: { kind: 'none' } });
    await expectRefused(withoutPqKey(message), 'INVALID_PQ_RATCHET');
  });
});

describe('a first message', () => {
  it('cut at any byte is refused', async () => {
    const { type, bytes } = await freshHandshake();
    // All of the header, and of the KEM ciphertext, which is uniform, every 31st byte.
    const lengths = Array.from({ length: bytes.length }, (_, i) => i).filter((i) => i < 240 || i % 31 === 0);
    for (const length of lengths) await expectRefused({ type, bytes: bytes.subarray(0, length) });
    expect(await bob.decrypt(ALICE, { type, bytes })).toEqual(text('hello'));
  });

  it('with any bit of its header flipped is refused', async () => {
    const { type, bytes } = await freshHandshake();
    const kemStart = bytes.length - 1569;
    for (const header of everyBit(bytes.subarray(0, kemStart + 3))) {
      await expectRefused({ type, bytes: Uint8Array.of(...header, ...bytes.subarray(kemStart + 3)) });
    }
    expect(await bob.decrypt(ALICE, { type, bytes })).toEqual(text('hello'));
  });

  it('with another field, a repeated one, or fields out of order is refused', async () => {
    const { type, bytes } = await freshHandshake();
    for (const extra of [
      [0x48, 1],
      [0x38, 1],
      [0x80, 1, 1],
    ]) {
      await expectRefused({ type, bytes: Uint8Array.of(...bytes, ...extra) }, 'INVALID_MESSAGE');
    }
  });

  it('whose one-time prekey is taken away or exchanged is refused', async () => {
    const { type, bytes } = await freshHandshake();
    const other = present((await bob.bundle({ oneTime: true })).preKey);
    const parsed = decodePreKeyMessage(bytes);
    for (const preKeyId of [undefined, other.id]) {
      await expectRefused({ type, bytes: encodePreKeyMessage({ ...parsed, preKeyId }) }, 'DECRYPTION_FAILED');
    }
    await expectRefused({ type, bytes: encodePreKeyMessage({ ...parsed, preKeyId: 999 }) }, 'PREKEY_NOT_FOUND');
  });

  it('that is not bound to addresses is refused', async () => {
    const { type, bytes } = await freshHandshake();
    const parsed = decodePreKeyMessage(bytes);
    const inner = decodeSignalMessage(parsed.message);
    const identities = { sender: alice.identity.keyPair.publicKey, receiver: bob.identity.keyPair.publicKey };
    const unbound = encodeSignalMessage(inner, inner.ciphertext, undefined, new Uint8Array(32), identities);
    await expectRefused({ type, bytes: encodePreKeyMessage({ ...parsed, message: unbound }) }, 'ADDRESS_MISMATCH');
  });

  it('with a low-order base key is refused', async () => {
    const { type, bytes } = await freshHandshake();
    const parsed = decodePreKeyMessage(bytes);
    const forged = encodePreKeyMessage({ ...parsed, baseKey: new Uint8Array(32) });
    await expectRefused({ type, bytes: forged }, 'INVALID_KEY');
  });
});
