import { describe, expect, it } from 'vitest';
import { type SafetyNumberParty, safetyNumber } from '../../../shared/trust/safety-number.ts';
import { TestAccount } from '../../support/identities.ts';

const party = ({ account, content }: TestAccount): SafetyNumberParty => ({ account, accountKey: content.accountKey });
const alice = party(new TestAccount('alice'));
const bob = party(new TestAccount('bob'));

describe('the safety number', () => {
  // Made by the official library (version 0.103.0) from 05 || account key and the 16 bytes of the account id.
  it.each([
    ['alice', 'bob', '108824268615785861748735152595459488472288945123553183338973'],
    ['carol', 'dave', '086978206861014395306228538984239987408398849516018223697705'],
    ['e', 'f', '297157087233940702279381539993610706929343368217591528142181'],
  ])('of %s and %s is the one that the official library makes', (one, other, digits) => {
    expect(safetyNumber(party(new TestAccount(one)), party(new TestAccount(other)))).toBe(digits);
  });

  it('is the same for both', () => {
    expect(safetyNumber(alice, bob)).toBe(safetyNumber(bob, alice));
  });

  it('stays when a device is linked and changes when the account key does', () => {
    const changing = new TestAccount('alice');
    const before = safetyNumber(party(changing), bob);
    changing.publish({ add: 1 });
    expect(safetyNumber(party(changing), bob)).toBe(before);
    changing.publish({ accountKey: 'rotate' });
    expect(safetyNumber(party(changing), bob)).not.toBe(before);
  });

  it('needs an account id', () => {
    expect(() => safetyNumber({ ...alice, account: 'alice' }, bob)).toThrow(RangeError);
  });
});
