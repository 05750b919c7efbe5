import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { accept } from '../../../shared/trust/acceptance.ts';
import type { Device, DeviceList } from '../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import type { PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { KEYS_EVER_SEEN } from '../../../shared/trust/seen-keys.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { seededBytes, TestAccount, testDevice } from '../../support/identities.ts';
import { judgeAfter, pin, verdict } from './judging.ts';

const stranger = seededBytes('stranger');
let alice: TestAccount;
let pinned: PinnedAccount;
const judgeNext = (content: DeviceList, secrets?: readonly Uint8Array[]) => judgeAfter(alice, pinned, content, secrets);

function withDevice(id: number, change: Partial<Device>): readonly Device[] {
  return alice.content.devices.map((device) => (device.id === id ? { ...device, ...change } : device));
}

beforeEach(() => {
  alice = new TestAccount('alice', 2);
  pinned = pin(alice);
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

  it('remembers the keys of devices that came later and went', () => {
    alice.publish({ add: 1 });
    const keys = alice.keys(3);
    alice.publish({ remove: [3] });
    pinned = pin(alice);
    const back = testDevice(alice.account, keys, 3, 4);
    expect(judgeNext(alice.next({ devices: [...alice.content.devices, back] }))).toBe('key-reused');
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
