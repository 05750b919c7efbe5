import { beforeEach, describe, expect, it } from 'vitest';
import { accept } from '../../../shared/trust/acceptance.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import { decodePinnedAccount, encodeHistory, type PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { KEYS_EVER_SEEN } from '../../../shared/trust/seen-keys.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { accepted, judgeAfter, pin, verdict } from './judging.ts';

const stranger = seededBytes('stranger');
let alice: TestAccount;
let pinned: PinnedAccount;

beforeEach(() => {
  alice = new TestAccount('alice', 2);
  pinned = pin(alice);
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
    expect(judgeAfter(alice, pinned, alice.next({ previous: seededBytes('another past') }))).toBe('previous');
  });

  it('refuses the list of another account, and a state of another account is a defect', () => {
    const bob = new TestAccount('bob');
    expect(verdict(accept(alice.expected, pinned, bob.lists))).toBe('account');
    expect(() => accept(bob.expected, pinned, [])).toThrow(RangeError);
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
