// The attacks on device lists that can be decided without a network, each by a server that may send anything.

import { sha256 } from '@noble/hashes/sha2.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { accept } from '../../../shared/trust/acceptance.ts';
import type { Device } from '../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import { freshnessHolds, listAge } from '../../../shared/trust/freshness.ts';
import type { PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { signDeviceList, verifyDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { seededBytes, TestAccount, testDevice, testDeviceKeys } from '../../support/identities.ts';
import { accepted, flipBit, pin, verdict } from './judging.ts';

const serverSecret = seededBytes('server');
const DAY = 24 * 60 * 60 * 1_000;

let bob: TestAccount;
let pinned: PinnedAccount;
const judge = (...lists: Parameters<typeof accept>[2][number][]) => verdict(accept(bob.expected, pinned, lists));
const ghost = (added: number) => testDevice(bob.account, testDeviceKeys('ghost'), 3, added);

beforeEach(() => {
  bob = new TestAccount('bob', 2);
  bob.publish();
  pinned = pin(bob);
});

describe('the server', () => {
  it('adds a device and signs with its own key', () => {
    const content = bob.next({ devices: [...bob.content.devices, ghost(3)] });
    expect(judge(signDeviceList(content, [serverSecret]))).toBe('signature');
    const own = { ...content, accountKey: ed25519PublicKey(serverSecret), generation: 2 };
    expect(judge(signDeviceList(own, [serverSecret]))).toBe('account-key');
  });

  it('edits the bytes of a list', () => {
    const { list } = bob;
    for (const bit of [0, 800, 1_603, 3_001]) {
      expect(judge({ ...list, payload: flipBit(list.payload, bit) })).toBe('signature');
    }
  });

  it('gives one viewer another list with the same sequence, with the help of the account key', () => {
    const other = new TestAccount('bob', 2);
    other.publish({ add: 1 });
    const outcome = accept(bob.expected, pinned, [other.list]);
    expect(outcome).toEqual({ kind: 'fork', evidence: [bob.list, other.list] });
  });

  it('shows evidence that anybody can check from nothing but the account id', () => {
    const other = new TestAccount('bob', 2);
    other.publish({ add: 1 });
    const outcome = accept(bob.expected, pinned, [other.list]);
    if (outcome.kind !== 'fork') throw new Error('no fork');
    const [one, two] = outcome.evidence.map((list) => verifyDeviceList(list));
    if (typeof one !== 'object' || typeof two !== 'object') throw new Error('evidence does not verify');
    expect(one.hash).not.toEqual(two.hash);
    const what = ({ content }: typeof one) => [content.account, content.sequence, content.accountKey];
    expect(what(one)).toEqual(what(two));
  });

  it('goes back to a list with a device that was removed', () => {
    const before = bob.list;
    bob.publish({ remove: [2] });
    pinned = pin(bob);
    expect(judge(before)).toBe('rollback');
    expect(judge(bob.list, before)).toBe('rollback');
  });

  it('withholds a revocation: what is left goes stale after 35 days', () => {
    const now = pinned.content.time;
    const fresh = bob.fresh(now);
    bob.publish({ remove: [2] });
    expect(freshnessHolds({ ...pinned.content, hash: pinned.hash }, fresh)).toBe(true);
    expect(listAge(pinned.content, [fresh.time], now + 21 * DAY)).toBe('warn');
    expect(listAge(pinned.content, [fresh.time], now + 35 * DAY + 1)).toBe('stale');
  });

  it('replays freshness: a statement about another list, or one with another time, does not hold', () => {
    const old = bob.fresh(bob.content.time);
    bob.publish();
    const current = { ...bob.content, hash: bob.hash };
    expect(freshnessHolds(current, old)).toBe(false);
    const later = bob.fresh(bob.content.time);
    expect(freshnessHolds(current, later)).toBe(true);
    expect(freshnessHolds(current, { ...later, time: later.time + DAY })).toBe(false);
  });

  it("replaces the account key by nobody's authority, also at first contact, and with a stripped signature", () => {
    bob.publish({ accountKey: 'rotate' });
    const stripped = { ...bob.list, signatures: bob.list.signatures.slice(0, 1) };
    expect(judge(stripped)).toBe('account-key');
    const chain = [...bob.lists.slice(0, 2), stripped];
    expect(verdict(accept(bob.expected, null, chain))).toBe('account-key');
    const forged = { ...bob.content, accountKey: ed25519PublicKey(serverSecret) };
    expect(judge(signDeviceList(forged, [serverSecret]))).toBe('account-key');
  });

  it('passes off somebody else under a known id', () => {
    const server = new TestAccount('server');
    expect(verdict(accept(bob.expected, null, server.lists))).toBe('account');
    const renamed = { ...server.content, account: bob.account };
    expect(verdict(accept(bob.expected, null, [signDeviceList(renamed, [server.accountSecret])]))).toBe('consent');
    const device = testDevice(bob.account, testDeviceKeys('ghost'), 1, 1);
    const consented = signDeviceList({ ...renamed, devices: [device] }, [server.accountSecret]);
    expect(verdict(accept(bob.expected, null, [consented]))).toBe('commitment');
  });
});

describe('the account key, in the wrong hands or by mistake', () => {
  const sign = (devices: readonly Device[]) => signDeviceList(bob.next({ devices }), [bob.accountSecret]);

  it('lists a device that never consented', () => {
    const unasked = { ...ghost(3), consents: bob.device(1).consents };
    expect(judge(sign([...bob.content.devices, unasked]))).toBe('consent');
  });

  it('lists a device of another account', () => {
    const carol = new TestAccount('carol').device(1);
    expect(judge(sign([...bob.content.devices, { ...carol, id: 3, added: 3 }]))).toBe('consent');
  });

  it('swaps a key under a device', () => {
    const swapped = testDevice(bob.account, testDeviceKeys('ghost'), 2, 1);
    expect(judge(sign([bob.device(1), swapped]))).toBe('device-changed');
  });

  it('brings back a removed device: as it was, as a new one, under another id', () => {
    const [old, keys] = [bob.device(2), bob.keys(2)];
    bob.publish({ remove: [2] });
    pinned = pin(bob);
    expect(judge(sign([bob.device(1), old]))).toBe('device-added');
    expect(judge(sign([bob.device(1), testDevice(bob.account, keys, 2, 4)]))).toBe('key-reused');
    bob.publish({ add: 1 });
    pinned = pin(bob);
    expect(judge(sign([...bob.content.devices, testDevice(bob.account, keys, 3, 5)]))).toBe('key-reused');
  });

  it('replaces the recovery hash without the phrase', () => {
    const content = bob.next({ recoveryHash: sha256(ed25519PublicKey(serverSecret)) });
    expect(judge(signDeviceList(content, [bob.accountSecret]))).toBe('recovery-hash');
    expect(judge(signDeviceList(content, [bob.accountSecret, serverSecret]))).toBe('recovery-hash');
  });

  it('changes hands with authority: never silently', () => {
    for (const [how, told] of [
      ['rotate', 'rotated'],
      ['recover', 'recovered'],
    ] as const) {
      bob.publish({ accountKey: how });
      const outcome = accept(bob.expected, pinned, [bob.list]);
      expect(outcome).toMatchObject({ kind: 'accepted', changes: [{ accountKey: told }] });
      pinned = accepted(outcome);
    }
  });
});

describe('two devices linked at once', () => {
  it('one list wins; the other is made again on top of it', () => {
    bob.publish({ add: 1 });
    const phone = testDevice(bob.account, testDeviceKeys('phone'), 3, 3);
    const loser = signDeviceList({ ...bob.content, devices: [...bob.content.devices.slice(0, 2), phone] }, [
      bob.accountSecret,
    ]);
    const head = pin(bob);
    expect(verdict(accept(bob.expected, head, [loser]))).toBe('fork');
    const rebased = testDevice(bob.account, testDeviceKeys('phone'), 4, 4);
    bob.append(bob.next({ devices: [...bob.content.devices, rebased] }));
    expect(verdict(accept(bob.expected, head, [bob.list]))).toBe('accepted');
  });
});
