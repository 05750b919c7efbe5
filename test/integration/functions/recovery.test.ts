import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { TestAccount } from '../../support/identities.ts';
import { devicePreKeys, type Person, refusalOf, signUp } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

const recoveryKeyOf = ({ account }: Person) => ed25519PublicKey(account.recoverySecret);

/** Everything lost but the phrase: the old device goes, a new one comes. */
function recovery({ account }: Person) {
  const list = account.publish({ accountKey: 'recover', add: 1, remove: [1] });
  return { list, prekeys: [devicePreKeys(account, 2)] };
}

describe('a guest with the recovery key', () => {
  it('reads the chain, takes the account over, and the old device is out', async () => {
    const person = await signUp(functions, 'recover');
    const { account } = person;
    const guest = await functions.guest();
    const chain = await guest.request('account.lists', {
      account: account.account,
      recovery: recoveryKeyOf(person),
      after: 0,
    });
    expect(chain.lists).toEqual(account.lists);
    const publication = recovery(person);
    const published = { sequence: 2, hash: account.hash, removed: [1] };
    expect(await guest.request('account.publish', publication)).toEqual(published);
    expect(await guest.request('account.publish', publication)).toEqual(published);
    expect(await refusalOf(person.connection.request('hello', {}))).toBe('not-current');
    const device = await functions.device(account, 2, 1);
    expect((await device.request('account.lists', { account: account.account, after: 1 })).lists).toEqual([
      account.list,
    ]);
  });

  it('cannot use up the account’s own publications by repeating', async () => {
    const person = await signUp(functions, 'recover repeated');
    const guest = await functions.guest();
    const publication = recovery(person);
    for (let i = 0; i < 3; i++) await guest.request('account.publish', publication);
    const counters = await functions.tables.scan('ephemera');
    const own = counters.filter(({ key }) => key?.S === `rate#publish#${person.account.account}`);
    expect(own.map(({ used }) => used?.N)).toEqual(['1']);
  });

  it('learns nothing with a key that is spent', async () => {
    const person = await signUp(functions, 'recover spent');
    const spent = recoveryKeyOf(person);
    const guest = await functions.guest();
    await guest.request('account.publish', recovery(person));
    const fields = { account: person.account.account, after: 0 };
    expect(await refusalOf(guest.request('account.lists', { ...fields, recovery: spent }))).toBe('unknown-account');
    expect(await refusalOf(guest.request('account.lists', { ...fields, recovery: recoveryKeyOf(person) }))).toBe(
      'none',
    );
  });
});

describe('a guest without it', () => {
  it('gets one answer for a wrong key, no key and no account', async () => {
    const person = await signUp(functions, 'recover stranger');
    const nobody = new TestAccount('recover nobody');
    const guest = await functions.guest();
    const ask = (account: TestAccount, recovery?: Uint8Array) =>
      refusalOf(guest.request('account.lists', { account: account.account, after: 0, ...(recovery && { recovery }) }));
    expect(await ask(person.account, ed25519PublicKey(nobody.recoverySecret))).toBe('unknown-account');
    expect(await ask(person.account)).toBe('unknown-account');
    expect(await ask(nobody, ed25519PublicKey(nobody.recoverySecret))).toBe('unknown-account');
  });

  it('publishes nothing, and cannot ask which list is the current one', async () => {
    const person = await signUp(functions, 'recover publish');
    const { account } = person;
    const guest = await functions.guest();
    const publish = (list = account.list) => refusalOf(guest.request('account.publish', { list, prekeys: [] }));
    expect(await publish()).toBe('unknown-account');
    const [first] = account.lists;
    expect(await publish(account.publish())).toBe('unknown-account');
    expect(await publish(account.publish({ accountKey: 'rotate' }))).toBe('unknown-account');
    expect(await publish(first)).toBe('unknown-account');
    expect(await publish(new TestAccount('recover elsewhere').list)).toBe('unknown-account');
    const chain = await person.connection.request('account.lists', { account: account.account, after: 0 });
    expect(chain.sequence).toBe(1);
  });
});
