import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { seededBytes } from '../../support/identities.ts';
import { addDevice, messageId, messageTo, refusalOf, signUp, TOKEN } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

describe('message.pull and message.ack', () => {
  it('give everything once, oldest first, in pages that fit a frame, and delete exactly what is named', async () => {
    const alice = await signUp(functions, 'pages alice');
    const bob = await signUp(functions, 'pages bob');
    const ids = Array.from({ length: 7 }, (_, i) => messageId(`page ${i}`, Date.now() + i));
    for (const message of ids.toReversed()) {
      const { devices } = messageTo(bob.account, [1]);
      const large = devices.map((device) => ({ ...device, ciphertext: seededBytes(message, 12_000) }));
      await alice.connection.request('message.send', messageTo(bob.account, [1], { message, devices: large }));
    }
    const pulled: string[] = [];
    let after: string | undefined;
    do {
      const page = await bob.connection.request('message.pull', after === undefined ? {} : { after });
      pulled.push(...page.messages.map(({ message }) => message));
      after = page.next;
    } while (after !== undefined);
    expect(pulled).toEqual(ids);

    const name = (message: string) => ({ message, sender: alice.account.account, senderDevice: 1 });
    const acked = [ids[2], ids[4]].map((id) => name(id ?? ''));
    const notMine = { ...name(ids[0] ?? ''), senderDevice: 2 };
    await bob.connection.request('message.ack', { messages: [...acked, ...acked, notMine] });
    const left = (await functions.tables.scan('mailbox')).filter(({ device }) =>
      device?.S?.startsWith(bob.account.account),
    );
    expect(left).toHaveLength(5);
  });

  it('never give what has expired, although it is still in the table, and get past it', async () => {
    const alice = await signUp(functions, 'expired alice');
    const bob = await signUp(functions, 'expired bob');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      for (let i = 0; i < 60; i++) {
        const message = messageId(`expired ${i}`, Date.now() - 1000 + i);
        await alice.connection.request('message.send', messageTo(bob.account, [1], { message, ttl: 5 }));
      }
      const alive = messageTo(bob.account, [1], { ttl: 60 });
      await alice.connection.request('message.send', alive);
      vi.setSystemTime(Date.now() + 5_000);
      const { messages } = await bob.connection.request('message.pull', {});
      expect(messages.map(({ message }) => message)).toEqual([alive.message]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('are refused on a connection that is not the device’s newest', async () => {
    const bob = await signUp(functions, 'newest bob');
    const newer = await functions.device(bob.account, 1, 2);
    expect(await refusalOf(bob.connection.request('message.pull', {}))).toBe('not-current');
    const messages = [{ message: messageId('x'), sender: bob.account.account, senderDevice: 1 }];
    expect(await refusalOf(bob.connection.request('message.ack', { messages }))).toBe('not-current');
    expect(await refusalOf(newer.request('message.ack', { messages }))).toBe('none');
  });
});

it('a removed device can do nothing on the connection that it has', async () => {
  const person = await signUp(functions, 'out');
  const second = await addDevice(functions, person);
  const list = person.account.publish({ remove: [2] });
  await person.connection.request('account.publish', { list, prekeys: [] });
  const { account } = person.account;
  const fresh = person.account.fresh(Date.now());
  const key = { id: 1, key: Uint8Array.from([5, ...seededBytes('key')]) };
  const outcomes = await Promise.all([
    refusalOf(second.request('hello', {})),
    refusalOf(second.request('account.publish', { list, prekeys: [] })),
    refusalOf(second.request('account.fresh', { fresh })),
    refusalOf(second.request('account.tokens', { tokens: [] })),
    refusalOf(second.request('account.lists', { account, after: 0 })),
    refusalOf(second.request('prekeys.publish', { ec: { page: 1, from: 0, keys: [key] } })),
    refusalOf(second.request('prekeys.fetch', { account, devices: [{ device: 1, registration: 1 }] })),
    refusalOf(second.request('prekeys.count', {})),
    refusalOf(second.request('message.send', messageTo(person.account, [1], { token: TOKEN }))),
    refusalOf(second.request('message.pull', {})),
    refusalOf(
      second.request('message.ack', { messages: [{ message: messageId('y'), sender: account, senderDevice: 1 }] }),
    ),
  ]);
  expect(outcomes).toEqual(outcomes.map(() => 'not-current'));
});
