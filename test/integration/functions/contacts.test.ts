import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { addDevice, messageTo, refusalOf, signUp, TOKEN, TOKEN_HASH } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

describe('the contact token', () => {
  it('missing, wrong and for an account that does not exist looks the same, wherever it is asked for', async () => {
    const alice = await signUp(functions, 'token alice');
    const bob = await signUp(functions, 'token bob');
    const nobody = new TestAccount('token nobody');
    const wrong = seededBytes('wrong token', 16);
    const ask = async (account: TestAccount, token: Uint8Array | undefined) => {
      const by = { account: account.account, ...(token ? { token } : {}) };
      const device = { device: 1, registration: account.device(1).registration };
      const { token: _, ...message } = messageTo(account, [1]);
      return Promise.all([
        refusalOf(alice.connection.request('account.lists', { ...by, after: 0 })),
        refusalOf(alice.connection.request('prekeys.fetch', { ...by, devices: [device] })),
        refusalOf(alice.connection.request('message.send', { ...message, ...(token ? { token } : {}) })),
      ]);
    };
    const alike = ['unknown-account', 'unknown-account', 'unknown-account'];
    expect(await ask(bob.account, undefined)).toEqual(alike);
    expect(await ask(bob.account, wrong)).toEqual(alike);
    expect(await ask(nobody, undefined)).toEqual(alike);
    expect(await ask(nobody, TOKEN)).toEqual(alike);
    expect(await ask(bob.account, TOKEN)).toEqual(['none', 'none', 'none']);
    expect(await ask(alice.account, undefined)).toEqual(['none', 'none', 'none']);
  });

  it('stops working as soon as the set is replaced', async () => {
    const alice = await signUp(functions, 'revoke alice');
    const bob = await signUp(functions, 'revoke bob');
    await bob.connection.request('account.tokens', { tokens: [] });
    const fields = { account: bob.account.account, token: TOKEN, after: 0 };
    expect(await refusalOf(alice.connection.request('account.lists', fields))).toBe('unknown-account');
    await bob.connection.request('account.tokens', { tokens: [seededBytes('other'), TOKEN_HASH] });
    expect(await refusalOf(alice.connection.request('account.lists', fields))).toBe('none');
  });
});

describe('account.lists', () => {
  it('gives the chain in pages that fit a frame', async () => {
    const person = await signUp(functions, 'chain');
    for (let i = 0; i < 3; i++) await addDevice(functions, person);
    for (let i = 0; i < 14; i++) {
      await person.connection.request('account.publish', { list: person.account.publish(), prekeys: [] });
    }
    const payloads: Uint8Array[] = [];
    let more = true;
    let pages = 0;
    while (more) {
      const fields = { account: person.account.account, after: payloads.length };
      const reply = await person.connection.request('account.lists', fields);
      expect(reply.sequence).toBe(18);
      payloads.push(...reply.lists.map(({ payload }) => payload));
      more = reply.more;
      pages++;
    }
    expect(payloads).toEqual(person.account.lists.map(({ payload }) => payload));
    expect(pages).toBeGreaterThan(1);
  });
});
