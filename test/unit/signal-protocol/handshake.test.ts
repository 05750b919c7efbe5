import { beforeEach, describe, expect, it } from 'vitest';
import type { EncryptedMessage, PreKeyBundle } from '../../../client/signal-protocol/index.ts';
import { decodePreKeyMessage, encodePreKeyMessage } from '../../../client/signal-protocol/wire/prekey-message.ts';
import { ALICE, acquainted, BOB, snapshot, text } from './support/acquainted.ts';
import { type EnginePeer, present } from './support/engine-peer.ts';

let alice: EnginePeer;
let bob: EnginePeer;

beforeEach(async () => {
  ({ alice, bob } = await acquainted());
});

async function firstMessage(oneTime: boolean): Promise<EncryptedMessage> {
  await alice.start(BOB, await bob.bundle({ oneTime }));
  return alice.encrypt(BOB, text('hello'));
}

function flip(bytes: Uint8Array, index: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

describe('starting a session', () => {
  it.each([true, false])('reaches the peer in the first message, one-time keys: %s', async (oneTime) => {
    const message = await firstMessage(oneTime);
    expect(message.type).toBe('prekey');
    expect(await bob.decrypt(ALICE, message)).toEqual(text('hello'));
    const answer = await bob.encrypt(ALICE, text('hi'));
    expect(answer.type).toBe('message');
    expect(await alice.decrypt(BOB, answer)).toEqual(text('hi'));
    expect((await alice.encrypt(BOB, text('no handshake any more'))).type).toBe('message');
  });

  it('repeats the handshake until the peer answers, and any of those messages may come first', async () => {
    const first = await firstMessage(true);
    const second = await alice.encrypt(BOB, text('again'));
    expect(second.type).toBe('prekey');
    expect(await bob.decrypt(ALICE, second)).toEqual(text('again'));
    expect(await bob.decrypt(ALICE, first)).toEqual(text('hello'));
  });

  it('deletes one-time prekeys when they are used, and keeps the last-resort key', async () => {
    const { preKey, kyberPreKey } = await bob.bundle({ oneTime: true });
    const before = snapshot(bob);
    await alice.start(BOB, { ...(await bob.bundle({ oneTime: false })), preKey, kyberPreKey });
    await bob.decrypt(ALICE, await alice.encrypt(BOB, text('hello')));
    expect(before.preKeys).toContain(preKey?.id);
    expect(bob.store.preKeys.has(present(preKey).id)).toBe(false);
    expect(bob.store.kyberPreKeys.has(kyberPreKey.id)).toBe(false);
    expect(bob.store.kyberPreKeys.has(1)).toBe(true);
  });

  it('refuses a bundle whose signatures are wrong, for either key', async () => {
    const bundle = await bob.bundle({ oneTime: true });
    const bad: PreKeyBundle[] = [
      { ...bundle, signedPreKey: { ...bundle.signedPreKey, signature: flip(bundle.signedPreKey.signature, 3) } },
      { ...bundle, kyberPreKey: { ...bundle.kyberPreKey, signature: flip(bundle.kyberPreKey.signature, 3) } },
      { ...bundle, signedPreKey: { ...bundle.signedPreKey, publicKey: flip(bundle.signedPreKey.publicKey, 9) } },
      { ...bundle, kyberPreKey: { ...bundle.kyberPreKey, publicKey: flip(bundle.kyberPreKey.publicKey, 9) } },
    ];
    for (const tampered of bad) {
      await expect(alice.start(BOB, tampered)).rejects.toMatchObject({ code: 'INVALID_SIGNATURE' });
    }
    expect(alice.store.sessions.size).toBe(0);
  });

  it('refuses low-order keys in a bundle', async () => {
    const bundle = await bob.bundle({ oneTime: true });
    const zero = Uint8Array.of(5, ...new Uint8Array(32));
    await expect(alice.start(BOB, { ...bundle, preKey: { id: 9, publicKey: zero } })).rejects.toMatchObject({
      code: 'INVALID_KEY',
    });
  });

  it('refuses an identity that is not trusted: in a bundle, in a message, and for sending', async () => {
    const bundle = await bob.bundle({ oneTime: true });
    const message = await firstMessage(true);
    const other = { ...bundle, registrationId: bundle.registrationId + 1 };
    await expect(alice.start(BOB, other)).rejects.toMatchObject({ code: 'UNTRUSTED_IDENTITY' });
    await bob.trust(ALICE, { ...(await bob.bundle({ oneTime: false })) });
    await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'UNTRUSTED_IDENTITY' });
    await alice.trust(BOB, other);
    await expect(alice.encrypt(BOB, text('x'))).rejects.toMatchObject({ code: 'UNTRUSTED_IDENTITY' });
  });
});

describe('answering a handshake', () => {
  it('once only: a message that arrives again is a duplicate', async () => {
    const message = await firstMessage(false);
    await bob.decrypt(ALICE, message);
    await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'DUPLICATE_MESSAGE' });
  });

  it('once only, even when the session is gone: a last-resort handshake is remembered', async () => {
    const message = await firstMessage(false);
    await bob.decrypt(ALICE, message);
    bob.store.sessions.clear();
    await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'REPLAYED_PREKEY_MESSAGE' });
    expect(bob.store.sessions.size).toBe(0);
  });

  it('once only, even when the session is gone: one-time prekeys are', async () => {
    const message = await firstMessage(true);
    await bob.decrypt(ALICE, message);
    bob.store.sessions.clear();
    await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'PREKEY_NOT_FOUND' });
  });

  it('two messages with one one-time prekey: the commit lets only one through', async () => {
    const bundle = await bob.bundle({ oneTime: true });
    await alice.start(BOB, bundle);
    const [first] = [await alice.encrypt(BOB, text('one'))];
    await alice.start(BOB, bundle);
    const second = await alice.encrypt(BOB, text('two'));
    const carol = { ...ALICE, deviceId: 3 };
    await bob.trust(carol, await alice.bundle({ oneTime: false }));
    const results = await Promise.allSettled([bob.decrypt(ALICE, first), bob.decrypt(ALICE, second)]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
  });

  it('of a known session only under the identity of that session', async () => {
    await bob.decrypt(ALICE, await firstMessage(true));
    const parsed = decodePreKeyMessage((await alice.encrypt(BOB, text('again'))).bytes);
    const { identityKey } = await bob.bundle({ oneTime: false });
    await bob.trust(ALICE, { ...(await alice.bundle({ oneTime: false })), identityKey });
    const renamed = encodePreKeyMessage({ ...parsed, identityKey: identityKey.subarray(1) });
    await expect(bob.decrypt(ALICE, { type: 'prekey', bytes: renamed })).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
    });
  });

  it('only if it is bound to both addresses', async () => {
    const message = await firstMessage(true);
    const carol = { ...ALICE, deviceId: 3 };
    await bob.trust(carol, await alice.bundle({ oneTime: false }));
    await expect(bob.decrypt(carol, message)).rejects.toMatchObject({ code: 'ADDRESS_MISMATCH' });
    expect(await bob.decrypt(ALICE, message)).toEqual(text('hello'));
  });
});
