// The attacks on device lists that a client has to withstand, each by its name. Whatever is offered, the pinned account stays as it was, a
// person is told, and nothing can be encrypted to the intruder.

import { describe, expect, it } from 'vitest';
import { isListedIdentity } from '../../../../client/identity/identity-gate.ts';
import { standingOf } from '../../../../client/identity/standing.ts';
import type { SignedDeviceList } from '../../../../shared/protocol/account.ts';
import { accept } from '../../../../shared/trust/acceptance.ts';
import type { Device } from '../../../../shared/trust/device-list.ts';
import { encodeDeviceList } from '../../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../../shared/trust/ed25519.ts';
import { signDeviceList } from '../../../../shared/trust/signed-device-list.ts';
import { seededBytes, TEST_EPOCH_MS, TestAccount, testDevice, testDeviceKeys } from '../../../support/identities.ts';
import { TestBook } from './support.ts';

const SERVER_KEY = seededBytes('a key of the server');
const GHOST = testDeviceKeys('the ghost');
const DAY_MS = 86_400_000;

/** Two devices are known; then the server offers something else. */
async function attacked(offer: (account: TestAccount) => readonly SignedDeviceList[], after = 1) {
  const { test, account } = await TestBook.knowing('victim', 2);
  if (after > 1) await test.publish(account, { remove: [2] });
  const before = await test.known(account);
  test.told.length = 0;
  const outcome = await test.book.offer(account.expected, after, offer(account));
  const known = await test.known(account);
  expect(known.pinned).toEqual(before.pinned);
  for (const deviceId of [1, 2, 3]) {
    const identity = { identityKey: GHOST.identityKey, registrationId: GHOST.registration };
    expect(isListedIdentity(known, { serviceId: account.account, deviceId }, identity, 'send', TEST_EPOCH_MS)).toBe(
      false,
    );
  }
  expect(test.told).toHaveLength(1);
  const [notice] = test.told;
  return { code: outcome.kind === 'refused' ? outcome.code : outcome.kind, notice, known, test, account };
}

const ghostIn = (account: TestAccount, id = 3): Device =>
  testDevice(account.account, GHOST, id, account.content.sequence + 1);
const withGhost = (account: TestAccount) => account.next({ devices: [...account.content.devices, ghostIn(account)] });

describe('the server', () => {
  it('adds a device and signs with its own key', async () => {
    expect(await attacked((account) => [signDeviceList(withGhost(account), [SERVER_KEY])])).toMatchObject({
      code: 'signature',
    });
  });

  it('adds a device under the old signatures', async () => {
    const forged = (account: TestAccount) => ({
      payload: encodeDeviceList(withGhost(account)),
      signatures: account.list.signatures,
    });
    expect(await attacked((account) => [forged(account)])).toMatchObject({ code: 'signature' });
  });

  it('signs with its own key in the name of the account key', async () => {
    const forged = (account: TestAccount) => {
      const { payload, signatures } = signDeviceList(withGhost(account), [SERVER_KEY]);
      return { payload, signatures: signatures.map((one) => ({ ...one, by: account.content.accountKey })) };
    };
    expect(await attacked((account) => [forged(account)])).toMatchObject({ code: 'signature' });
  });

  it('replaces the account key by nobody’s authority: an alarm, with evidence, that blocks', async () => {
    const usurped = (account: TestAccount) =>
      signDeviceList({ ...withGhost(account), accountKey: ed25519PublicKey(SERVER_KEY), generation: 2 }, [SERVER_KEY]);
    const { code, notice, known } = await attacked((account) => [usurped(account)]);
    expect(code).toBe('account-key');
    expect(notice).toMatchObject({ kind: 'refused', evidence: [{}, {}] });
    expect(standingOf(known, TEST_EPOCH_MS).blocks).toEqual(['attacked']);
  });

  it('does so at first contact, and there is no contact', async () => {
    const test = await TestBook.open();
    const account = new TestAccount('first contact');
    const forged = new TestAccount('somebody else').list;
    expect(await test.book.offer(account.expected, 0, [forged])).toMatchObject({ kind: 'refused', code: 'account' });
    expect(await test.book.get(account.account)).toBeUndefined();
    expect(test.told).toHaveLength(1);
  });

  it('edits any single bit of a list', async () => {
    const { test, account } = await TestBook.knowing('bits');
    const next = account.publish({ add: 1 });
    const [signature] = next.signatures;
    if (!signature) throw new Error('signed');
    for (let bit = 0; bit < 8 * next.payload.length; bit += 7) {
      const payload = Uint8Array.from(next.payload);
      payload[bit >> 3] = (payload[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect((await test.book.offer(account.expected, 1, [{ ...next, payload }])).kind).toBe('refused');
    }
    for (let bit = 0; bit < 8 * 64; bit += 5) {
      const flipped = Uint8Array.from(signature.signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const forged = { ...next, signatures: [{ ...signature, signature: flipped }] };
      expect((await test.book.offer(account.expected, 1, [forged])).kind).toBe('refused');
    }
    expect((await test.known(account)).pinned.content.sequence).toBe(1);
  });

  it('rolls back to an older list', async () => {
    expect(await attacked((account) => account.lists.slice(0, 1), 2)).toMatchObject({ code: 'rollback' });
  });

  it('leaves a list out', async () => {
    const { test, account } = await TestBook.knowing('gap');
    account.publish({ remove: [1], add: 1 });
    account.publish({ add: 1 });
    expect(await test.book.offer(account.expected, 1, account.lists.slice(2))).toMatchObject({
      kind: 'gap',
      from: 2,
      to: 2,
    });
    expect((await test.known(account)).pinned.content.sequence).toBe(1);
  });
});

describe('the server with the account key', () => {
  it('lists a device that never consented', async () => {
    const uninvited = (account: TestAccount) => {
      const { consents } = account.device(1);
      return account.next({ devices: [...account.content.devices, { ...ghostIn(account), consents }] });
    };
    expect(await attacked((account) => [signDeviceList(uninvited(account), [account.accountSecret])])).toMatchObject({
      code: 'consent',
    });
  });

  it('swaps the key of a device', async () => {
    const swapped = (account: TestAccount) => {
      const [first, ...others] = account.content.devices;
      const ghost = { ...ghostIn(account, 1), added: 1, consents: testDevice(account.account, GHOST, 1, 1).consents };
      return first ? account.next({ devices: [ghost, ...others] }) : account.next();
    };
    expect(await attacked((account) => [signDeviceList(swapped(account), [account.accountSecret])])).toMatchObject({
      code: 'device-changed',
    });
  });

  it('brings a removed device back', async () => {
    const back = (account: TestAccount) => {
      const removed = testDevice(account.account, testDeviceKeys('victim/device/2/1'), 2, 3);
      return account.next({ devices: [...account.content.devices, removed] });
    };
    expect(await attacked((account) => [signDeviceList(back(account), [account.accountSecret])], 2)).toMatchObject({
      code: 'key-reused',
    });
  });

  it('brings its key back under another id', async () => {
    const { test, account } = await TestBook.knowing('victim', 3);
    await test.publish(account, { remove: [3] });
    const reused = testDevice(account.account, testDeviceKeys('victim/device/1/1'), 3, 3);
    const list = signDeviceList(account.next({ devices: [...account.content.devices, reused] }), [
      account.accountSecret,
    ]);
    expect(await test.book.offer(account.expected, 2, [list])).toMatchObject({ kind: 'refused', code: 'key-reused' });
  });

  it('signs two lists for one place: evidence that convinces anybody who has the chain so far', async () => {
    const { test, account } = await TestBook.knowing('two faces');
    const other = new TestAccount('two faces');
    other.publish({ later: 9_000 });
    await test.publish(account);
    const outcome = await test.book.offer(account.expected, 2, [other.list]);
    if (outcome.kind !== 'fork') throw new Error('not a fork');
    const third = await TestBook.open();
    await third.book.offer(account.expected, 0, account.lists.slice(0, 1));
    const { pinned } = await third.known(account);
    expect(accept(account.expected, pinned, outcome.evidence)).toMatchObject({
      kind: 'fork',
      evidence: outcome.evidence,
    });
  });
});

describe('a withheld revocation', () => {
  it('lasts 35 days and no longer', async () => {
    const { test, account } = await TestBook.knowing('withheld', 2);
    account.publish({ remove: [2] });
    const known = await test.known(account);
    expect(standingOf(known, TEST_EPOCH_MS + 35 * DAY_MS).blocks).toEqual([]);
    expect(standingOf(known, TEST_EPOCH_MS + 35 * DAY_MS + 1).blocks).toEqual(['stale']);
  });

  it('is not prolonged by replaying a statement, or by one about the list that revokes', async () => {
    const { test, account } = await TestBook.knowing('replayed', 2);
    const old = account.fresh(TEST_EPOCH_MS + DAY_MS);
    account.publish({ remove: [2] });
    await test.book.confirm(account.account, 1, old);
    await test.book.confirm(account.account, 1, account.fresh(TEST_EPOCH_MS + 30 * DAY_MS));
    const known = await test.known(account);
    expect(standingOf(known, TEST_EPOCH_MS + 36 * DAY_MS + 1).blocks).toEqual(['stale']);
    expect(test.told).toMatchObject([{ kind: 'refused', code: 'freshness' }]);
  });

  it('is not prolonged by a statement from the future', async () => {
    const { test, account } = await TestBook.knowing('future');
    await test.book.confirm(account.account, 1, account.fresh(TEST_EPOCH_MS + 400 * DAY_MS));
    expect(standingOf(await test.known(account), TEST_EPOCH_MS + 36 * DAY_MS).blocks).toEqual(['stale']);
  });
});
