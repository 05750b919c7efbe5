import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { accept, acceptNewAccount } from '../../../shared/trust/acceptance.ts';
import { accountIdOf } from '../../../shared/trust/account-id.ts';
import type { DeviceList } from '../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import type { PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { seededBytes, TestAccount, testDevice } from '../../support/identities.ts';
import { accepted, pin, verdict } from './judging.ts';

const stranger = seededBytes('stranger');
let alice: TestAccount;
let pinned: PinnedAccount;

function judgeFirst(content: DeviceList, secrets: readonly Uint8Array[] = [alice.accountSecret]): string {
  return verdict(accept({ account: content.account }, null, [signDeviceList(content, secrets)]));
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
