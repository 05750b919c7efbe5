import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { accept, acceptNewAccount } from '../../../shared/trust/acceptance.ts';
import { accountIdOf } from '../../../shared/trust/account-id.ts';
import type { Device, DeviceList } from '../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import { decodePinnedAccount, encodeHistory, type PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { KEYS_EVER_SEEN } from '../../../shared/trust/seen-keys.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { seededBytes, TestAccount, testDevice } from '../../support/identities.ts';
import { accepted, pin, verdict } from './judging.ts';

const stranger = seededBytes('stranger');
let alice: TestAccount;
let pinned: PinnedAccount;

/** Judges one more list with this content, signed as told; the pinned state must not notice. */
function judgeNext(content: DeviceList, secrets: readonly Uint8Array[] = [alice.accountSecret]): string {
  const before = structuredClone(pinned);
  const outcome = accept(alice.expected, pinned, [signDeviceList(content, secrets)]);
  expect(pinned).toEqual(before);
  return verdict(outcome);
}

function judgeFirst(content: DeviceList, secrets: readonly Uint8Array[] = [alice.accountSecret]): string {
  return verdict(accept({ account: content.account }, null, [signDeviceList(content, secrets)]));
}

function withDevice(id: number, change: Partial<Device>): readonly Device[] {
  return alice.content.devices.map((device) => (device.id === id ? { ...device, ...change } : device));
}

beforeEach(() => {
  alice = new TestAccount('alice', 2);
  pinned = pin(alice);
});

describe('first contact', () => {
  it('accepts a whole chain and tells each change', () => {
    alice.publish({ add: 1 });
    alice.publish({ remove: [2] });
    alice.publish({ accountKey: 'rotate' });
    alice.publish({ accountKey: 'recover', add: 1 });
    const outcome = accept(alice.expected, null, alice.lists);
    const told =
      outcome.kind === 'accepted' &&
      outcome.changes.map((change) => ({
        ...change,
        added: change.added.map(({ id }) => id),
        removed: change.removed.map(({ id }) => id),
      }));
    expect(told).toEqual([
      { sequence: 1, accountKey: 'first', recoveryReplaced: false, added: [1, 2], removed: [] },
      { sequence: 2, accountKey: 'kept', recoveryReplaced: false, added: [3], removed: [] },
      { sequence: 3, accountKey: 'kept', recoveryReplaced: false, added: [], removed: [2] },
      { sequence: 4, accountKey: 'rotated', recoveryReplaced: false, added: [], removed: [] },
      { sequence: 5, accountKey: 'recovered', recoveryReplaced: true, added: [2], removed: [] },
    ]);
  });

  it('asks for the chain from sequence 1', () => {
    alice.publish();
    alice.publish();
    expect(accept(alice.expected, null, alice.lists.slice(2))).toEqual({ kind: 'gap', from: 1, to: 2 });
    expect(accept(alice.expected, null, [])).toEqual({ kind: 'gap', from: 1, to: 1 });
  });

  it('refuses another account than the one asked for', () => {
    const bob = new TestAccount('bob');
    expect(verdict(accept({ account: alice.account }, null, bob.lists))).toBe('account');
  });

  it.each([
    ['account key', { accountKey: ed25519PublicKey(stranger) }, stranger],
    ['recovery hash', { recoveryHash: sha256(stranger) }, undefined],
    ['salt', { salt: seededBytes('other salt') }, undefined],
  ])('refuses a first list with another %s under the same id', (_, change, secret) => {
    expect(judgeFirst({ ...alice.content, ...change }, [secret ?? alice.accountSecret])).toBe('commitment');
  });

  it('refuses an account that fits the id but not the 32 bytes of a link', () => {
    const commitment = Uint8Array.from(alice.commitment);
    commitment[31] = (commitment[31] ?? 0) ^ 1;
    const expected = { account: alice.account, commitment };
    expect(accountIdOf(commitment)).toBe(alice.account);
    expect(verdict(accept(expected, null, alice.lists))).toBe('commitment');
    expect(verdict(accept(expected, pinned, []))).toBe('commitment');
  });

  it('refuses a first list of generation 2', () => {
    expect(judgeFirst({ ...alice.content, generation: 2 })).toBe('generation');
  });

  it('refuses a first list that somebody else signed as well', () => {
    expect(judgeFirst(alice.content, [alice.accountSecret, stranger])).toBe('signer');
  });

  it('refuses a first list whose devices do not have the lowest ids', () => {
    expect(judgeFirst({ ...alice.content, devices: [alice.newDevice('x', 2, 1)] })).toBe('device-id');
  });

  it('refuses one key for two devices, and the account key as a device key', () => {
    const [one] = alice.content.devices;
    if (!one) throw new Error('no device');
    const twin = testDevice(alice.account, alice.keys(1), 2, 1);
    expect(judgeFirst({ ...alice.content, devices: [one, twin] })).toBe('key-reused');
    const keys = { ...alice.keys(1), connectSecret: alice.accountSecret, connectKey: alice.content.accountKey };
    const holder = testDevice(alice.account, keys, 1, 1);
    expect(judgeFirst({ ...alice.content, devices: [holder] })).toBe('key-reused');
  });
});

describe('a new account, at the server', () => {
  it('is whatever its first list commits to', () => {
    const outcome = acceptNewAccount(alice.list);
    expect(accepted(outcome).content.account).toBe(alice.account);
  });

  it('begins with sequence 1', () => {
    alice.publish();
    expect(verdict(acceptNewAccount(alice.list))).toBe('sequence');
  });

  it('is refused like any other when a signature or the commitment does not hold', () => {
    const unsigned = { ...alice.list, signatures: [] };
    expect(verdict(acceptNewAccount(unsigned))).toBe('signature');
    const other = { ...alice.content, salt: seededBytes('other') };
    expect(verdict(acceptNewAccount(signDeviceList(other, [alice.accountSecret])))).toBe('commitment');
  });
});

describe('the sequence', () => {
  it('accepts the pinned list again, and again, without a change', () => {
    expect(accept(alice.expected, pinned, [alice.list, alice.list])).toEqual({ kind: 'accepted', pinned, changes: [] });
  });

  it('accepts what follows, one list at a time or all at once', () => {
    alice.publish({ add: 1 });
    alice.publish({ remove: [1] });
    const atOnce = accepted(accept(alice.expected, pinned, alice.lists));
    const one = accepted(accept(alice.expected, pinned, alice.lists.slice(1, 2)));
    expect(accepted(accept(alice.expected, one, alice.lists.slice(2)))).toEqual(atOnce);
  });

  it('refuses a lower one: rollback', () => {
    alice.publish();
    pinned = pin(alice);
    expect(verdict(accept(alice.expected, pinned, alice.lists.slice(0, 1)))).toBe('rollback');
  });

  it('reports a gap, and accepts nothing of the batch', () => {
    for (let i = 0; i < 4; i++) alice.publish();
    const batch = [alice.lists[1], alice.lists[4]].filter((list) => list !== undefined);
    expect(accept(alice.expected, pinned, batch)).toEqual({ kind: 'gap', from: 3, to: 4 });
  });

  it('refuses a list whose previous hash is not the pinned one', () => {
    expect(judgeNext(alice.next({ previous: seededBytes('another past') }))).toBe('previous');
  });

  it('refuses the list of another account, and a state of another account is a defect', () => {
    const bob = new TestAccount('bob');
    expect(verdict(accept(alice.expected, pinned, bob.lists))).toBe('account');
    expect(() => accept(bob.expected, pinned, [])).toThrow(RangeError);
  });
});

describe('time and devices', () => {
  it('never goes back in time; the same millisecond is fine', () => {
    expect(judgeNext(alice.next({ time: alice.content.time - 1 }))).toBe('time');
    expect(judgeNext(alice.next({ time: alice.content.time }))).toBe('accepted');
  });

  it('lets a device change whether it takes new conversations, and nothing else', () => {
    expect(judgeNext(alice.next({ devices: withDevice(1, { newConversations: false }) }))).toBe('accepted');
    expect(judgeNext(alice.next({ devices: withDevice(1, { registration: 77 }) }))).toBe('device-changed');
  });

  it('refuses new keys under a device that stays', () => {
    const swapped = { ...alice.newDevice('swapped', 1, 1), registration: alice.device(1).registration };
    expect(judgeNext(alice.next({ devices: withDevice(1, swapped) }))).toBe('device-changed');
  });

  it('refuses other consents of a device that stays, even genuine ones', () => {
    const again = testDevice(alice.account, { ...alice.keys(1), seed: 'other randomness' }, 1, 1);
    expect(again.consents.identity).not.toEqual(alice.device(1).consents.identity);
    expect(judgeNext(alice.next({ devices: withDevice(1, { consents: again.consents }) }))).toBe('device-changed');
  });

  it.each([1, 3])('refuses a new device that says it was added at %i', (added) => {
    alice.publish();
    alice.publish();
    pinned = pin(alice);
    const late = alice.newDevice('late', 3, added);
    expect(judgeNext(alice.next({ devices: [...alice.content.devices, late] }))).toBe('device-added');
  });

  it.each([4, 127])('refuses id %i for a new device while 3 is free', (id) => {
    const devices = [...alice.content.devices, alice.newDevice('new', id, 2)];
    expect(judgeNext(alice.next({ devices }))).toBe('device-id');
  });

  it('gives an id that became free to a new device, but not in the list that frees it', () => {
    const atOnce = [alice.device(1), alice.newDevice('successor', 2, 2)];
    expect(judgeNext(alice.next({ devices: atOnce }))).toBe('device-id');
    alice.publish({ remove: [2] });
    alice.publish({ add: 1 });
    expect(pin(alice).content.devices.map(({ id, added }) => [id, added])).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });

  it('refuses a key that another device has or had, and an account key that was replaced', () => {
    const keys = alice.keys(2);
    const oldAccountSecret = alice.accountSecret;
    const twin = (sequence: number) => testDevice(alice.account, keys, 3, sequence);
    expect(judgeNext(alice.next({ devices: [...alice.content.devices, twin(2)] }))).toBe('key-reused');
    alice.publish({ remove: [2], accountKey: 'rotate' });
    pinned = pin(alice);
    const back = testDevice(alice.account, keys, 2, 3);
    expect(judgeNext(alice.next({ devices: [...alice.content.devices, back] }))).toBe('key-reused');
    const returned = alice.next({ accountKey: ed25519PublicKey(oldAccountSecret), generation: 3 });
    expect(judgeNext(returned, [oldAccountSecret, alice.accountSecret])).toBe('key-reused');
  });

  it.each(['identityKey', 'connectKey'] as const)('refuses the %s alone of a device that was removed', (kind) => {
    const old = alice.keys(2);
    alice.publish({ remove: [2] });
    pinned = pin(alice);
    alice.newDevice('fresh', 2, 3);
    const other = new TestAccount('other').keys(1);
    const mixed =
      kind === 'identityKey'
        ? { ...other, identityKey: old.identityKey, identityPrivateKey: old.identityPrivateKey }
        : { ...other, connectKey: old.connectKey, connectSecret: old.connectSecret };
    const devices = [alice.device(1), testDevice(alice.account, mixed, 2, 3)];
    expect(judgeNext(alice.next({ devices }))).toBe('key-reused');
  });

  it('holds no more keys than its bound', () => {
    const room = (tags: number) => ({ ...pinned, history: { ...pinned.history, seen: new Uint8Array(8 * tags) } });
    const list = signDeviceList(alice.next({ devices: [...alice.content.devices, alice.newDevice('n', 3, 2)] }), [
      alice.accountSecret,
    ]);
    expect(verdict(accept(alice.expected, room(KEYS_EVER_SEEN - 1), [list]))).toBe('too-many-keys');
    expect(verdict(accept(alice.expected, room(KEYS_EVER_SEEN - 2), [list]))).toBe('accepted');
  });
});

describe('the account key', () => {
  const fresh = seededBytes('fresh account key');
  const replaced = () => alice.next({ accountKey: ed25519PublicKey(fresh), generation: 2 });
  const newRecovery = { recoveryHash: sha256(ed25519PublicKey(seededBytes('new phrase'))) };

  it('is replaced by the old account key, or by the recovery key with a new recovery hash', () => {
    expect(judgeNext(replaced(), [fresh, alice.accountSecret])).toBe('accepted');
    expect(judgeNext({ ...replaced(), ...newRecovery }, [fresh, alice.recoverySecret])).toBe('accepted');
  });

  it.each([
    ['nobody', []],
    ['a stranger', [stranger]],
  ])('is not replaced by %s', (_, others) => {
    expect(judgeNext(replaced(), [fresh, ...others])).toBe('account-key');
  });

  it('is not replaced by an account or recovery key that was replaced itself', () => {
    const { accountSecret, recoverySecret } = alice;
    alice.publish({ accountKey: 'recover' });
    pinned = pin(alice);
    const again = { ...replaced(), generation: 3, ...newRecovery };
    expect(judgeNext(again, [fresh, accountSecret])).toBe('account-key');
    expect(judgeNext(again, [fresh, recoverySecret])).toBe('account-key');
  });

  it('signs every list itself, whoever else does', () => {
    expect(judgeNext(replaced(), [alice.accountSecret])).toBe('signature');
    expect(judgeNext(alice.next(), [alice.recoverySecret])).toBe('signature');
  });

  it('counts generations: one more with a change, the same without', () => {
    const secrets = [fresh, alice.accountSecret];
    expect(judgeNext({ ...replaced(), generation: 1 }, secrets)).toBe('generation');
    expect(judgeNext({ ...replaced(), generation: 3 }, secrets)).toBe('generation');
    expect(judgeNext(alice.next({ generation: 2 }))).toBe('generation');
  });

  it('does not change the recovery hash; the old recovery key does', () => {
    expect(judgeNext(alice.next(newRecovery))).toBe('recovery-hash');
    expect(judgeNext({ ...replaced(), ...newRecovery }, [fresh, alice.accountSecret])).toBe('recovery-hash');
    expect(judgeNext(alice.next(newRecovery), [alice.accountSecret, alice.recoverySecret])).toBe('accepted');
  });

  it('is not recovered without replacing the recovery hash: a phrase works once', () => {
    expect(judgeNext(replaced(), [fresh, alice.recoverySecret])).toBe('recovery-hash');
  });

  it('refuses a signer that has no part in the list', () => {
    expect(judgeNext(alice.next(), [alice.accountSecret, stranger])).toBe('signer');
    expect(judgeNext(alice.next(), [alice.accountSecret, alice.recoverySecret])).toBe('accepted');
  });
});

describe('two lists with one sequence', () => {
  function rivals(one: TestAccount, other: TestAccount): string {
    const outcome = accept(alice.expected, pin(one), [other.list]);
    if (outcome.kind === 'fork') expect(outcome.evidence).toEqual([one.list, other.list]);
    return verdict(outcome);
  }
  const branch = () => new TestAccount('alice', 2);

  it('are a fork when the same account key signed both, the first sequence included', () => {
    const other = branch();
    other.append({ ...other.content, time: other.content.time + 1 });
    expect(rivals(alice, other)).toBe('fork');
    const [two, three] = [branch(), branch()];
    two.publish({ add: 1 });
    three.publish({ remove: [2] });
    expect(rivals(two, three)).toBe('fork');
  });

  it('are a fork between old key, rotation and recovery, whichever was seen first', () => {
    const [kept, rotated, recovered] = [branch(), branch(), branch()];
    kept.publish();
    rotated.publish({ accountKey: 'rotate' });
    recovered.publish({ accountKey: 'recover' });
    for (const one of [kept, rotated, recovered])
      for (const other of [kept, rotated, recovered])
        expect(rivals(one, other)).toBe(one === other ? 'accepted' : 'fork');
  });

  it('prove nothing against the account when one was signed by somebody else', () => {
    alice.publish();
    const forged = { ...alice.content, accountKey: ed25519PublicKey(stranger), time: alice.content.time + 1 };
    const outcome = accept(alice.expected, pin(alice), [signDeviceList(forged, [stranger])]);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'rival', evidence: [{ payload: alice.list.payload }, {}] });
  });
});

describe('the pinned state', () => {
  it('is the same after storage', () => {
    alice.publish({ add: 1, accountKey: 'recover' });
    alice.publish({ remove: [1] });
    const state = pin(alice);
    expect(decodePinnedAccount(alice.list, encodeHistory(state.history))).toEqual(state);
  });

  it('keeps the refused list and the one it held as evidence', () => {
    const forged = signDeviceList(alice.next({ accountKey: ed25519PublicKey(stranger) }), [stranger]);
    const outcome = accept(alice.expected, pinned, [forged]);
    expect(outcome).toEqual({ kind: 'refused', code: 'account-key', evidence: [alice.list, forged] });
  });

  it.each([0, 95, 100, 96 + 8 * (KEYS_EVER_SEEN + 1)])('is not read from %i bytes of history', (length) => {
    expect(() => decodePinnedAccount(alice.list, new Uint8Array(length))).toThrow(RangeError);
  });

  it('is not read from a payload that is no list', () => {
    const list = { ...alice.list, payload: Uint8Array.of(1) };
    expect(() => decodePinnedAccount(list, encodeHistory(pinned.history))).toThrow(RangeError);
  });
});
