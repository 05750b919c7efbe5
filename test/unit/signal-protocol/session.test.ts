import { beforeEach, describe, expect, it } from 'vitest';
import type { StoreChange } from '../../../client/signal-protocol/index.ts';
import { SignalProtocol, UNANSWERED_SESSION_MS } from '../../../client/signal-protocol/index.ts';
import { decodeRecord, MAX_ARCHIVED_SESSIONS } from '../../../client/signal-protocol/session/record.ts';
import { ALICE, acquainted, BOB, inSession, snapshot, text } from './support/acquainted.ts';
import { type EnginePeer, present } from './support/engine-peer.ts';

let alice: EnginePeer;
let bob: EnginePeer;

beforeEach(async () => {
  ({ alice, bob } = await inSession());
});

describe('persisting before sending', () => {
  it('gives out no ciphertext before the store has written, and none if it cannot', async () => {
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    const commit = alice.store.commit.bind(alice.store);
    let asked = false;
    alice.store.commit = async (change) => {
      asked = true;
      await written;
      return commit(change);
    };
    let answered = false;
    const result = alice.encrypt(BOB, text('x')).then((message) => {
      answered = true;
      return message;
    });
    while (!asked) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    write();
    await result;
    expect(answered).toBe(true);

    alice.store.commit = () => Promise.reject(new Error('disk full'));
    await expect(alice.encrypt(BOB, text('y'))).rejects.toThrow('disk full');
  });

  it('a commit that failed leaves the message decryptable later, and its key unused', async () => {
    const message = await alice.encrypt(BOB, text('x'));
    const commit = bob.store.commit.bind(bob.store);
    bob.store.commit = () => Promise.reject(new Error('disk full'));
    await expect(bob.decrypt(ALICE, message)).rejects.toThrow('disk full');
    bob.store.commit = commit;
    expect(await bob.decrypt(ALICE, message)).toEqual(text('x'));
  });

  it('two programs on one store: the second commit is refused, not the key used twice', async () => {
    const { store, provider } = alice;
    const other = new SignalProtocol({ store, localAddress: ALICE, provider });
    const changes: StoreChange[] = [];
    const commit = store.commit.bind(store);
    store.commit = async (change) => {
      changes.push(change);
      while (changes.length < 2) await new Promise((resolve) => setImmediate(resolve));
      return commit(change);
    };
    const results = await Promise.allSettled([alice.encrypt(BOB, text('one')), other.encrypt(BOB, text('two'))]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toEqual([{ status: 'rejected', reason: expect.objectContaining({ code: 'CONCURRENT_CHANGE' }) }]);
  });

  it('many messages at once take their turns', async () => {
    const messages = await Promise.all(Array.from({ length: 20 }, (_, i) => alice.encrypt(BOB, text(`${i}`))));
    const plaintexts = await Promise.all(messages.map((message) => bob.decrypt(ALICE, message)));
    expect(plaintexts).toEqual(Array.from({ length: 20 }, (_, i) => text(`${i}`)));
  });
});

describe('the life of sessions', () => {
  it('there is none before one is started', async () => {
    const strangers = await acquainted();
    await expect(strangers.alice.encrypt(BOB, text('x'))).rejects.toMatchObject({ code: 'NO_SESSION' });
    expect(await strangers.alice.hasSession(BOB)).toBe(false);
    const message = await alice.encrypt(BOB, text('x'));
    await expect(strangers.bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'NO_SESSION' });
  });

  it('one that nobody answered for 30 days is not sent in any more', async () => {
    const strangers = await acquainted();
    await strangers.alice.start(BOB, await strangers.bob.bundle({ oneTime: true }));
    strangers.alice.clock.now += UNANSWERED_SESSION_MS;
    await strangers.alice.encrypt(BOB, text('still'));
    strangers.alice.clock.now += 1;
    await expect(strangers.alice.encrypt(BOB, text('x'))).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    expect(await strangers.alice.hasSession(BOB)).toBe(false);
  });

  it('one that was answered does not expire', async () => {
    alice.clock.now += 10 * UNANSWERED_SESSION_MS;
    await expect(alice.encrypt(BOB, text('x'))).resolves.toMatchObject({ type: 'message' });
  });

  it('an archived one still reads late messages, and becomes current again by that', async () => {
    const late = await bob.encrypt(ALICE, text('late'));
    await alice.archive(BOB);
    expect(await alice.hasSession(BOB)).toBe(false);
    expect(await alice.decrypt(BOB, late)).toEqual(text('late'));
    expect(await alice.hasSession(BOB)).toBe(true);
  });

  it('at most forty are archived; the oldest goes', async () => {
    const late = await bob.encrypt(ALICE, text('late'));
    for (let i = 0; i < MAX_ARCHIVED_SESSIONS; i++) await alice.start(BOB, await bob.bundle({ oneTime: false }));
    const record = () => decodeRecord(present([...alice.store.sessions.values()][0]));
    expect(record().archived.length).toBe(MAX_ARCHIVED_SESSIONS);
    await alice.start(BOB, await bob.bundle({ oneTime: false }));
    expect(record().archived.length).toBe(MAX_ARCHIVED_SESSIONS);
    await expect(alice.decrypt(BOB, late)).rejects.toMatchObject({ code: 'DECRYPTION_FAILED' });
  });

  it('two that were started at once become one', async () => {
    const fresh = await acquainted();
    await fresh.alice.start(BOB, await fresh.bob.bundle({ oneTime: true }));
    await fresh.bob.start(ALICE, await fresh.alice.bundle({ oneTime: true }));
    const [there, back] = [await fresh.alice.encrypt(BOB, text('a')), await fresh.bob.encrypt(ALICE, text('b'))];
    expect(await fresh.bob.decrypt(ALICE, there)).toEqual(text('a'));
    expect(await fresh.alice.decrypt(BOB, back)).toEqual(text('b'));
    await fresh.bob.decrypt(ALICE, await fresh.alice.encrypt(BOB, text('c')));
    await fresh.alice.decrypt(BOB, await fresh.bob.encrypt(ALICE, text('d')));
    expect(fresh.alice.session(BOB).baseKey).toEqual(fresh.bob.session(ALICE).baseKey);
  });

  it('do not depend on the buffers that bundles and messages came in', async () => {
    const fresh = await acquainted();
    const bundle = structuredClone(await fresh.bob.bundle({ oneTime: true }));
    await fresh.alice.start(BOB, bundle);
    for (const bytes of [bundle.identityKey, bundle.signedPreKey.publicKey, bundle.kyberPreKey.publicKey])
      bytes.fill(0);
    const pass = async (from: EnginePeer, to: EnginePeer) => {
      const message = await from.encrypt(to.address, text('x'));
      expect(await to.decrypt(from.address, message)).toEqual(text('x'));
      message.bytes.fill(0);
    };
    // Long enough for a whole epoch of the post-quantum ratchet, in which buffers are collected over many messages.
    for (let i = 0; i < 90; i++) {
      await pass(fresh.alice, fresh.bob);
      await pass(fresh.alice, fresh.bob);
      await pass(fresh.bob, fresh.alice);
    }
    expect(fresh.alice.epoch(BOB)).toBeGreaterThan(1);
  });

  it('what is kept decoded counts only for the record it belongs to', async () => {
    const old = present(bob.store.sessions.get(`${ALICE.serviceId}.${ALICE.deviceId}`));
    const message = await alice.encrypt(BOB, text('x'));
    await bob.decrypt(ALICE, message);
    // As a store does that was restored from a copy: the engine must believe the store, and read the message again.
    bob.store.sessions.set(`${ALICE.serviceId}.${ALICE.deviceId}`, old);
    expect(await bob.decrypt(ALICE, message)).toEqual(text('x'));
  });

  it('messages of a device that is not trusted any more are refused, and can be read when it is again', async () => {
    const message = await alice.encrypt(BOB, text('x'));
    const before = snapshot(bob);
    const { keyPair, registrationId } = alice.identity;
    bob.store.trust(ALICE, { identityKey: keyPair.publicKey, registrationId: registrationId + 1 });
    await expect(bob.decrypt(ALICE, message)).rejects.toMatchObject({ code: 'UNTRUSTED_IDENTITY' });
    expect(snapshot(bob)).toEqual(before);
    bob.store.trust(ALICE, { identityKey: keyPair.publicKey, registrationId });
    expect(await bob.decrypt(ALICE, message)).toEqual(text('x'));
  });

  it('damaged or foreign records are recognised, and nothing is guessed', async () => {
    const [key, bytes] = present([...alice.store.sessions][0]);
    const damaged = [
      bytes.subarray(1),
      bytes.subarray(0, bytes.length - 1),
      Uint8Array.of(9, ...bytes.subarray(1)),
      new Uint8Array(0),
    ];
    for (const record of damaged) {
      alice.store.sessions.set(key, record);
      await expect(alice.encrypt(BOB, text('x'))).rejects.toMatchObject({ code: 'CORRUPT_STATE' });
    }
  });

  it('addresses are checked', async () => {
    const bad = [
      { ...BOB, serviceId: BOB.serviceId.toUpperCase() },
      { ...BOB, deviceId: 0 },
      { ...BOB, deviceId: 128 },
    ];
    for (const address of bad) {
      await expect(alice.encrypt(address, text('x'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(snapshot(alice).sessions.size).toBe(1);
  });
});
