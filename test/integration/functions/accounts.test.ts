import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { addDevice, devicePreKeys, messageTo, refusalOf, signUp, TOKEN_HASH } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

const creation = (account: TestAccount) => ({
  list: account.list,
  prekeys: devicePreKeys(account, 1),
  tokens: [TOKEN_HASH],
});

describe('account.create', () => {
  it('answers with the id that the list commits to, also when it is repeated', async () => {
    const account = new TestAccount('create');
    const guest = await functions.guest();
    const expected = { account: account.account, sequence: 1, hash: account.hash };
    expect(await guest.request('account.create', creation(account))).toEqual(expected);
    expect(await guest.request('account.create', creation(account))).toEqual(expected);
  });

  it('succeeds for both of two same requests at once', async () => {
    const account = new TestAccount('create twice at once');
    const guest = await functions.guest();
    const both = await Promise.all([1, 2].map(() => guest.request('account.create', creation(account))));
    expect(both.map((reply) => reply.account)).toEqual([account.account, account.account]);
  });

  it('refuses a second first list for the same id', async () => {
    const account = new TestAccount('create other');
    const guest = await functions.guest();
    await guest.request('account.create', creation(account));
    const other = new TestAccount('create other');
    other.append({ ...other.content, time: other.content.time + 1 });
    expect(await refusalOf(guest.request('account.create', creation(other)))).toBe('account-exists');
  });

  it('names the rule that a list breaks, and keeps nothing of it', async () => {
    const account = new TestAccount('create wrong');
    const guest = await functions.guest();
    const forged = account.append({ ...account.content, generation: 2 });
    const before = await functions.tables.scan('deviceLists');
    expect(await refusalOf(guest.request('account.create', { ...creation(account), list: forged }))).toBe(
      'invalid-list generation',
    );
    expect(await functions.tables.scan('deviceLists')).toEqual(before);
  });

  it('refuses prekeys that the device did not sign', async () => {
    const account = new TestAccount('create prekeys');
    const guest = await functions.guest();
    const { signed, lastResort } = devicePreKeys(account, 1);
    const stranger = devicePreKeys(new TestAccount('stranger'), 1);
    for (const prekeys of [
      { device: 2, signed, lastResort },
      { device: 1, signed: stranger.signed, lastResort },
      { device: 1, signed, lastResort: stranger.lastResort },
    ]) {
      expect(await refusalOf(guest.request('account.create', { ...creation(account), prekeys }))).toBe(
        'invalid-prekey',
      );
    }
  });

  it('refuses a device whose keys another account has, and tells only who holds them', async () => {
    await signUp(functions, 'create first');
    const clone = new TestAccount('create clone', 1, 'create first');
    const guest = await functions.guest();
    expect(await refusalOf(guest.request('account.create', creation(clone)))).toBe('key-taken');
    const { devices } = new TestAccount('create first').content;
    const thief = new TestAccount('create thief');
    const forged = thief.append({ ...thief.content, devices });
    const request = { ...creation(new TestAccount('create thief')), list: forged };
    expect(await refusalOf(guest.request('account.create', request))).toBe('invalid-list consent');
  });

  it('is for guests', async () => {
    const { connection } = await signUp(functions, 'create as device');
    expect(await refusalOf(connection.request('account.create', creation(new TestAccount('x'))))).toBe('not-allowed');
  });
});

describe('account.publish', () => {
  it('adds a device that can connect at once, and tells the others', async () => {
    const person = await signUp(functions, 'publish add');
    const second = await addDevice(functions, person);
    expect(await second.request('message.pull', {})).toEqual({ messages: [] });
    expect(person.connection.events()).toEqual([{ kind: 'event', event: { event: 'account.changed', sequence: 2 } }]);
  });

  it('takes connection, mail, keys and tickets of a removed device before it replies', async () => {
    const person = await signUp(functions, 'publish remove');
    const second = await addDevice(functions, person);
    const sender = await signUp(functions, 'publish remove sender');
    await sender.connection.request('message.send', messageTo(person.account, [2]));
    const registration = person.account.device(2).registration;
    const laterTicket = person.account.ticket(2, 'wss://test.example/dev', Date.now(), 99);

    const list = person.account.publish({ remove: [2] });
    const reply = await person.connection.request('account.publish', { list, prekeys: [] });

    expect(reply.removed).toEqual([2]);
    expect(functions.gateway.ended).toContain(second.id);
    const partition = `${person.account.account}#2#${registration}`;
    for (const table of ['mailbox', 'preKeys'] as const) {
      expect((await functions.tables.scan(table)).filter((item) => item.device?.S === partition)).toEqual([]);
    }
    expect(await refusalOf(second.request('message.pull', {}))).toBe('not-current');
    expect(await functions.connect(laterTicket)).toBeUndefined();
  });

  it('repeats the clean-up when the accepted list is sent again', async () => {
    const person = await signUp(functions, 'publish repeat');
    await addDevice(functions, person);
    const { registration } = person.account.device(2);
    const list = person.account.publish({ remove: [2] });
    await person.connection.request('account.publish', { list, prekeys: [] });
    // As if the first attempt had crashed after the transaction.
    const { mailbox } = await import('../../../shared/store/mailbox.ts');
    const device = { account: person.account.account, device: 2, registration };
    const store = mailbox(functions.tables.dynamo, functions.tables.names.mailbox, Date.now);
    await store.put(device, {
      message: '018f0000-0000-7000-8000-000000000000',
      sender: person.account.account,
      senderDevice: 1,
      type: 2,
      ciphertext: Uint8Array.of(1),
      commitment: seededBytes('c'),
      stamp: seededBytes('t'),
      week: 1,
      received: 1,
      urgent: false,
      expires: Math.floor(Date.now() / 1000) + 100,
    });
    const reply = await person.connection.request('account.publish', { list, prekeys: [] });
    expect(reply).toMatchObject({ sequence: 3, removed: [2] });
    expect((await store.page(device)).mail).toEqual([]);
  });

  it('leaves a device that removes itself the socket that brings it the reply', async () => {
    const person = await signUp(functions, 'publish self');
    const second = await addDevice(functions, person);
    const list = person.account.publish({ remove: [2] });
    expect(await second.request('account.publish', { list, prekeys: [] })).toMatchObject({ removed: [2] });
    expect(functions.gateway.ended).not.toContain(second.id);
    expect(await refusalOf(second.request('message.pull', {}))).toBe('not-current');
  });

  it('succeeds for both of two same lists at once', async () => {
    const person = await signUp(functions, 'publish twice at once');
    const list = person.account.publish();
    const publishing = () => person.connection.request('account.publish', { list, prekeys: [] });
    const replies = await Promise.all([publishing(), publishing()]);
    expect(replies.map(({ sequence }) => sequence)).toEqual([2, 2]);
  });

  it('accepts one of two lists published at once; the other is told that it is late', async () => {
    const person = await signUp(functions, 'publish race');
    const rival = new TestAccount('publish race');
    const one = person.account.publish({ later: 1_000 });
    const two = rival.publish({ later: 2_000 });
    const outcomes = await Promise.all(
      [one, two].map((list) => refusalOf(person.connection.request('account.publish', { list, prekeys: [] }))),
    );
    expect(outcomes.toSorted()).toEqual(['none', 'stale-list']);
  });

  it.each([
    [
      'a list that skips one',
      'stale-list',
      (account: TestAccount) => {
        account.publish();
        return account.publish();
      },
    ],
    ['the list before the current one', 'stale-list', (account: TestAccount) => account.lists[0] ?? account.list],
    [
      'a list whose account key nobody passed on',
      'invalid-list account-key',
      (account: TestAccount) => {
        const thief = new TestAccount('thief');
        return account.append({ ...account.next(), accountKey: thief.content.accountKey, generation: 2 }, [
          thief.accountSecret,
        ]);
      },
    ],
    ['somebody else’s list', 'invalid-list account', () => new TestAccount('somebody else').list],
  ])('refuses %s', async (name, code, make) => {
    const person = await signUp(functions, `publish refuse ${name}`);
    await person.connection.request('account.publish', { list: person.account.publish(), prekeys: [] });
    const list = make(person.account);
    expect(await refusalOf(person.connection.request('account.publish', { list, prekeys: [] }))).toBe(code);
  });

  it('wants prekeys for exactly the devices that are new', async () => {
    const person = await signUp(functions, 'publish prekeys');
    const list = person.account.publish({ add: 1 });
    const [first, second] = [devicePreKeys(person.account, 1), devicePreKeys(person.account, 2)];
    for (const prekeys of [[], [first], [first, second], [{ ...second, signed: first.signed }]]) {
      expect(await refusalOf(person.connection.request('account.publish', { list, prekeys }))).toBe('invalid-prekey');
    }
    expect(await refusalOf(person.connection.request('account.publish', { list, prekeys: [second] }))).toBe('none');
  });
});

describe('account.reserve', () => {
  const deviceOf = (account: TestAccount, label: string) => {
    const { id, identityKey, connectKey, added, consents } = account.newDevice(label, 2, 2);
    return { id, identityKey, connectKey, added, consents };
  };

  it('keeps the keys of a device for the account, as often as it is asked', async () => {
    const { account, connection } = await signUp(functions, 'reserve');
    const device = deviceOf(account, 'to come');
    expect(await connection.request('account.reserve', { device })).toEqual({});
    expect(await connection.request('account.reserve', { device })).toEqual({});
    const other = await signUp(functions, 'reserve other');
    const consented = deviceOf(new TestAccount('reserve other', 1, 'reserve'), 'to come');
    expect(await refusalOf(other.connection.request('account.reserve', { device: consented }))).toBe('key-taken');
  });

  it('is refused without the word of the device that it will be of this account', async () => {
    const { account, connection } = await signUp(functions, 'reserve consent');
    const device = deviceOf(account, 'to come');
    const other = deviceOf(new TestAccount('reserve stranger', 1, 'reserve consent'), 'to come');
    const before = await functions.tables.scan('deviceLists');
    for (const consents of [
      other.consents,
      { ...device.consents, identity: other.consents.identity },
      { ...device.consents, connect: other.consents.connect },
    ]) {
      const reserving = connection.request('account.reserve', { device: { ...device, consents } });
      expect(await refusalOf(reserving)).toBe('invalid-list consent');
    }
    expect(await functions.tables.scan('deviceLists')).toEqual(before);
  });

  it('is for devices of the account', async () => {
    const person = await signUp(functions, 'reserve removed');
    const second = await addDevice(functions, person);
    await person.connection.request('account.publish', { list: person.account.publish({ remove: [2] }), prekeys: [] });
    const device = deviceOf(person.account, 'to come');
    expect(await refusalOf(second.request('account.reserve', { device }))).toBe('not-current');
    const guest = await functions.guest();
    expect(await refusalOf(guest.request('account.reserve', { device }))).toBe('not-allowed');
  });
});

describe('account.fresh', () => {
  it('keeps the newest statement of the account key for the current list', async () => {
    const { account, connection } = await signUp(functions, 'fresh');
    const older = account.fresh(Date.now() - 10_000);
    const newer = account.fresh(Date.now());
    await connection.request('account.fresh', { fresh: newer });
    expect(await refusalOf(connection.request('account.fresh', { fresh: newer }))).toBe('none');
    expect(await refusalOf(connection.request('account.fresh', { fresh: older }))).toBe('invalid-freshness');
    const { fresh } = await connection.request('account.lists', { account: account.account, after: 1 });
    expect(fresh).toEqual(newer);
  });

  it('refuses one from the future, one that somebody else signed, and one for the list before', async () => {
    const { account, connection } = await signUp(functions, 'fresh refused');
    const old = account.fresh(Date.now());
    const forged = new TestAccount('forger').fresh(Date.now());
    const future = account.fresh(Date.now() + 3_600_000);
    await connection.request('account.publish', { list: account.publish(), prekeys: [] });
    for (const fresh of [old, forged, future]) {
      expect(await refusalOf(connection.request('account.fresh', { fresh }))).toBe('invalid-freshness');
    }
  });

  it('is gone with the next list', async () => {
    const { account, connection } = await signUp(functions, 'fresh gone');
    await connection.request('account.fresh', { fresh: account.fresh(Date.now()) });
    await connection.request('account.publish', { list: account.publish(), prekeys: [] });
    const reply = await connection.request('account.lists', { account: account.account, after: 0 });
    expect(reply.fresh).toBeUndefined();
  });
});
