import { describe, expect, it } from 'vitest';
import { sessionKey } from '../../../../client/identity/account-book.ts';
import {
  acknowledgeAccountKey,
  goOnAfterAttack,
  markVerified,
  withdrawVerification,
} from '../../../../client/identity/decisions.ts';
import { isListedIdentity } from '../../../../client/identity/identity-gate.ts';
import { hashAt } from '../../../../client/identity/known-account.ts';
import { dismissNotice } from '../../../../client/identity/notice.ts';
import { standingOf } from '../../../../client/identity/standing.ts';
import { ed25519PublicKey } from '../../../../shared/trust/ed25519.ts';
import { signDeviceList } from '../../../../shared/trust/signed-device-list.ts';
import { seededBytes, TEST_EPOCH_MS, TestAccount, testDeviceKeys } from '../../../support/identities.ts';
import { TestBook } from './support.ts';

const DAY_MS = 86_400_000;
const NOW = TEST_EPOCH_MS + DAY_MS;

describe('the choke point', () => {
  it('trusts exactly the listed key, device and registration, and nothing else', async () => {
    const { test, account } = await TestBook.knowing('gate', 2);
    const known = await test.known(account);
    const address = (deviceId: number) => ({ serviceId: account.account, deviceId });
    const { identityKey, registration } = account.device(1);
    const trusted = (device: number, key: Uint8Array, registrationId: number) =>
      isListedIdentity(known, address(device), { identityKey: key, registrationId }, 'send', NOW);
    expect(trusted(1, identityKey, registration)).toBe(true);
    expect(trusted(2, identityKey, account.device(2).registration)).toBe(false);
    expect(trusted(3, identityKey, registration)).toBe(false);
    expect(trusted(1, identityKey, registration === 1 ? 2 : registration - 1)).toBe(false);
    expect(trusted(1, testDeviceKeys('ghost').identityKey, registration)).toBe(false);
    expect(isListedIdentity(undefined, address(1), { identityKey, registrationId: registration }, 'receive', NOW)).toBe(
      false,
    );
  });

  it('lets nothing out while the account is blocked, and lets messages in', async () => {
    const { test, account } = await TestBook.knowing('gate blocked');
    await test.publish(account, { accountKey: 'rotate' });
    const known = await test.known(account);
    const { identityKey, registration: registrationId } = account.device(1);
    const address = { serviceId: account.account, deviceId: 1 };
    expect(isListedIdentity(known, address, { identityKey, registrationId }, 'send', NOW)).toBe(false);
    expect(isListedIdentity(known, address, { identityKey, registrationId }, 'receive', NOW)).toBe(true);
  });
});

describe('accepted lists', () => {
  it('end the sessions with removed devices in the same step', async () => {
    const { test, account } = await TestBook.knowing('removal', 2);
    const key = sessionKey(account.account, account.device(2));
    await test.store.batch([{ put: 'sessions', key, value: Uint8Array.of(1) }]);
    await test.publish(account, { add: 1 });
    expect(await test.store.get('sessions', key)).toBeDefined();
    await test.publish(account, { remove: [2] });
    expect(await test.store.get('sessions', key)).toBeUndefined();
  });

  it('are told, and stay told until a person dismisses them', async () => {
    const { test, account } = await TestBook.knowing('told', 2);
    expect(test.told).toEqual([]);
    await test.publish(account, { add: 1, remove: [2] });
    const notice = { kind: 'devices' as const, account: account.account, sequence: 2, added: [3], removed: [2] };
    expect(test.told).toEqual([notice]);
    expect(await test.kept()).toEqual([notice]);
    await dismissNotice(test.store, notice);
    expect(await test.kept()).toEqual([]);
  });

  it('are remembered by hash as far back as claims about them matter', async () => {
    const { test, account } = await TestBook.knowing('hashes');
    const hashes = [account.hash];
    for (let i = 0; i < 70; i++) {
      await test.publish(account);
      hashes.push(account.hash);
    }
    const known = await test.known(account);
    expect(hashAt(known, 71)).toEqual(hashes[70]);
    expect(hashAt(known, 8)).toEqual(hashes[7]);
    expect(hashAt(known, 7)).toBeUndefined();
    expect(hashAt(known, 72)).toBeUndefined();
  });

  it('that another answer brought first are no rollback', async () => {
    const { test, account } = await TestBook.knowing('race');
    account.publish();
    const late = account.lists.slice(1);
    await test.offerNext(account);
    expect(await test.book.offer(account.expected, 1, late)).toEqual({ kind: 'behind' });
    expect(test.told).toEqual([]);
  });
});

describe('a changed account key', () => {
  it.each([
    'rotate',
    'recover',
  ] as const)('blocks after %s until a person acknowledges that very key', async (accountKey) => {
    const { test, account } = await TestBook.knowing(accountKey);
    await test.publish(account, { accountKey });
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['account-key-changed']);
    expect(test.told.map(({ kind }) => kind)).toContain('account-key');
    await acknowledgeAccountKey(test.book, account.account, seededBytes('another key'));
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['account-key-changed']);
    await acknowledgeAccountKey(test.book, account.account, account.content.accountKey);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual([]);
  });

  it('of a verified contact blocks until it is verified again', async () => {
    const { test, account } = await TestBook.knowing('verified');
    await markVerified(test.book, account.account, account.content.accountKey);
    await test.publish(account, { accountKey: 'rotate' });
    await acknowledgeAccountKey(test.book, account.account, account.content.accountKey);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['not-verified-again']);
    await markVerified(test.book, account.account, seededBytes('another key'));
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['not-verified-again']);
    await markVerified(test.book, account.account, account.content.accountKey);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual([]);
  });

  it('no longer blocks when the person does not hold the contact for verified any more', async () => {
    const { test, account } = await TestBook.knowing('withdrawn');
    await markVerified(test.book, account.account, account.content.accountKey);
    await test.publish(account, { accountKey: 'recover' });
    await withdrawVerification(test.book, account.account);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['account-key-changed']);
  });

  it('by nobody’s authority is refused, kept as evidence, and blocks until a person goes on', async () => {
    const { test, account } = await TestBook.knowing('usurped');
    const secret = seededBytes('usurper');
    const forged = signDeviceList(account.next({ accountKey: ed25519PublicKey(secret), generation: 2 }), [secret]);
    await test.book.offer(account.expected, 1, [forged]);
    const evidence = [account.list, forged];
    expect(await test.kept()).toEqual([
      { kind: 'refused', account: account.account, sequence: 1, code: 'account-key', evidence },
    ]);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['attacked']);
    await goOnAfterAttack(test.book, account.account);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual([]);
    expect((await test.known(account)).pinned.hash).toEqual(account.hash);
  });
});

describe('a fork', () => {
  it('keeps both lists as evidence and blocks', async () => {
    const { test, account } = await TestBook.knowing('fork');
    const other = new TestAccount('fork');
    other.publish({ later: 7_000 });
    await test.publish(account);
    const [, first] = account.lists;
    await test.book.offer(account.expected, 2, [other.list]);
    expect(await test.kept()).toEqual([
      { kind: 'fork', account: account.account, sequence: 2, evidence: [first, other.list] },
    ]);
    expect(standingOf(await test.known(account), NOW).blocks).toEqual(['attacked']);
  });
});

describe('refused lists', () => {
  it('are kept as evidence once, however often they come', async () => {
    const { test, account } = await TestBook.knowing('rollback');
    await test.publish(account, { add: 1 });
    for (let i = 0; i < 3; i++) await test.book.offer(account.expected, 2, account.lists.slice(0, 1));
    const kept = (await test.kept()).filter(({ kind }) => kind === 'refused');
    expect(kept).toEqual([
      {
        kind: 'refused',
        account: account.account,
        sequence: 2,
        code: 'rollback',
        evidence: [account.lists[1], account.lists[0]],
      },
    ]);
  });
});

describe('freshness', () => {
  const at = (days: number) => TEST_EPOCH_MS + days * DAY_MS;

  it('warns from day 21 and blocks past day 35', async () => {
    const { test, account } = await TestBook.knowing('stale');
    const known = await test.known(account);
    expect(standingOf(known, at(20))).toEqual({ blocks: [], warn: false });
    expect(standingOf(known, at(21))).toEqual({ blocks: [], warn: true });
    expect(standingOf(known, at(35))).toEqual({ blocks: [], warn: true });
    expect(standingOf(known, at(35) + 1)).toEqual({ blocks: ['stale'], warn: true });
  });

  it('counts statements of the account key about the pinned list, and no others', async () => {
    const { test, account } = await TestBook.knowing('statements');
    const before = account.fresh(at(30));
    await test.publish(account);
    await test.book.confirm(account.account, 2, before);
    expect(standingOf(await test.known(account), at(40)).blocks).toEqual(['stale']);
    expect(test.told.at(-1)).toMatchObject({ kind: 'refused', code: 'freshness' });
    await test.book.confirm(account.account, 2, account.fresh(at(30)));
    expect(standingOf(await test.known(account), at(40)).blocks).toEqual([]);
  });

  it('is not made longer by a statement that is replayed', async () => {
    const { test, account } = await TestBook.knowing('replayed');
    await test.book.confirm(account.account, 1, account.fresh(at(30)));
    await test.book.confirm(account.account, 1, account.fresh(at(10)));
    expect((await test.known(account)).stated).toBe(at(30));
  });
});
