import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signGuestTicket } from '../../../shared/trust/ticket.ts';
import { type DeployedFunctions, ENDPOINT, startFunctions } from '../../support/deployed-functions.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { addDevice, refusalOf, signUp } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

const ELSEWHERE = 'wss://elsewhere.example/dev';
const MINUTES = 60_000;

describe('a device’s ticket', () => {
  it('opens one connection, which is the device’s only one', async () => {
    const { account, connection } = await signUp(functions, 'ticket once');
    const ticket = account.ticket(1, ENDPOINT, Date.now(), 5);
    const opened = await functions.connect(ticket);
    expect(await functions.connect(ticket)).toBeUndefined();
    expect(await refusalOf(connection.request('hello', {}))).toBe('not-current');
    expect(await opened?.request('hello', {})).toMatchObject({
      caller: { kind: 'device', account: account.account, device: 1 },
    });
  });

  it('is refused when its number is not the highest so far', async () => {
    const { account } = await signUp(functions, 'ticket number');
    await functions.device(account, 1, 8);
    expect(await functions.connect(account.ticket(1, ENDPOINT, Date.now(), 7))).toBeUndefined();
    expect(await functions.connect(account.ticket(1, ENDPOINT, Date.now(), 9))).toBeDefined();
  });

  it('is refused for another endpoint, a wrong clock, another key, another registration, an unknown account', async () => {
    const { account } = await signUp(functions, 'ticket refused');
    const nobody = new TestAccount('ticket nobody');
    const [kind, id, device, registration, ...rest] = account.ticket(1, ENDPOINT, Date.now(), 9).split('.');
    const otherRegistration = String(Number(registration) === 1 ? 2 : 1);
    for (const ticket of [
      account.ticket(1, ELSEWHERE, Date.now(), 9),
      account.ticket(1, ENDPOINT, Date.now() - 6 * MINUTES, 9),
      account.ticket(1, ENDPOINT, Date.now() + 6 * MINUTES, 9),
      nobody.ticket(1, ENDPOINT, Date.now(), 9),
      [kind, id, device, otherRegistration, ...rest].join('.'),
      [kind, nobody.account, device, registration, ...rest].join('.'),
      'not a ticket',
      '',
    ]) {
      expect(await functions.connect(ticket), ticket).toBeUndefined();
    }
  });
});

describe('$disconnect', () => {
  it('forgets its own connection', async () => {
    const { account, connection } = await signUp(functions, 'disconnect');
    await connection.disconnect();
    const item = (await functions.tables.scan('connections')).find((one) => one.account?.S === account.account);
    expect(item?.connection).toBeUndefined();
    expect(item?.ticket?.N).toBe('1');
  });

  it('that comes late does not take away the connection that came after', async () => {
    const { account, connection } = await signUp(functions, 'late disconnect');
    const newer = await functions.device(account, 1, 2);
    await connection.disconnect();
    expect(await newer.request('message.pull', {})).toEqual({ messages: [] });
  });
});

describe('hello', () => {
  it('tells a guest the time and what an account needs', async () => {
    const before = Date.now();
    const reply = await (await functions.guest()).request('hello', {});
    expect(reply).toMatchObject({ admission: 'open', caller: { kind: 'guest' } });
    expect(reply.time).toBeGreaterThanOrEqual(before);
  });

  it('says why a ticket is refused, without using it up', async () => {
    const person = await signUp(functions, 'why');
    await addDevice(functions, person);
    const { account } = person;
    const removed = account.ticket(2, ENDPOINT, Date.now(), 50);
    await person.connection.request('account.publish', { list: account.publish({ remove: [2] }), prekeys: [] });
    const guest = await functions.guest();
    const why = async (ticket: string) => (await guest.request('hello', { ticket })).refused;
    const good = account.ticket(1, ENDPOINT, Date.now(), 50);

    expect(await why('d.nonsense')).toBe('ticket-malformed');
    expect(await why(account.ticket(1, ENDPOINT, Date.now() - 6 * MINUTES, 50))).toBe('ticket-time');
    expect(await why(account.ticket(1, ENDPOINT, Date.now(), 1))).toBe('ticket-replayed');
    expect(await why(removed)).toBe('device-unknown');
    expect(await why(signGuestTicket(seededBytes('g'), ELSEWHERE, Date.now()))).toBe('ticket-signature');
    expect(await why(signGuestTicket(seededBytes('g'), ENDPOINT, Date.now()))).toBeUndefined();
    expect(await why(good)).toBeUndefined();
    expect(await functions.connect(good)).toBeDefined();
  });

  it('does not tell a guest with a forged ticket whether the device exists', async () => {
    const { account } = await signUp(functions, 'forged');
    const nobody = new TestAccount('forged nobody');
    const guest = await functions.guest();
    for (const ticket of [account.ticket(1, ELSEWHERE, Date.now(), 50), nobody.ticket(1, ENDPOINT, Date.now(), 50)]) {
      expect((await guest.request('hello', { ticket })).refused).toBe('device-unknown');
    }
  });
});

describe('a guest', () => {
  it('may do what guests may, and nothing else', async () => {
    const guest = await functions.guest();
    const { account } = new TestAccount('guest');
    const room = seededBytes('guest room');
    expect(await refusalOf(guest.request('hello', {}))).toBe('none');
    expect(await refusalOf(guest.request('link.open', { room }))).toBe('none');
    expect(await refusalOf(guest.request('link.send', { room, data: room }))).toBe('peer-gone');
    expect(await refusalOf(guest.request('account.lists', { account, after: 0 }))).toBe('unknown-account');
    for (const work of [
      guest.request('account.tokens', { tokens: [] }),
      guest.request('account.fresh', { fresh: new TestAccount('guest').fresh(Date.now()) }),
      guest.request('prekeys.count', {}),
      guest.request('prekeys.fetch', { account, devices: [{ device: 1, registration: 1 }] }),
      guest.request('message.pull', {}),
    ]) {
      expect(await refusalOf(work)).toBe('not-allowed');
    }
  });

  it('is one for two minutes', async () => {
    const guest = await functions.guest();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * MINUTES + 1000 });
    try {
      expect(await refusalOf(guest.request('hello', {}))).toBe('guest-expired');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('link', () => {
  it('brings two together, hands bytes to and fro, and keeps a third out', async () => {
    const [one, two, three] = [await functions.guest(), await functions.guest(), await functions.guest()];
    const room = seededBytes('room');
    expect(await one.request('link.open', { room })).toMatchObject({ peer: false });
    expect(await refusalOf(one.request('link.send', { room, data: room }))).toBe('peer-gone');
    expect(await two.request('link.open', { room })).toMatchObject({ peer: true });
    expect(await refusalOf(three.request('link.open', { room }))).toBe('link-full');
    expect(await refusalOf(three.request('link.send', { room, data: room }))).toBe('link-unknown');
    const [hither, thither] = [seededBytes('hither', 20_000), seededBytes('thither')];
    await one.request('link.send', { room, data: hither });
    await two.request('link.send', { room, data: thither });
    expect(two.events()).toEqual([{ kind: 'event', event: { event: 'link', room, data: hither } }]);
    expect(one.events()).toEqual([
      { kind: 'event', event: { event: 'link', room } },
      { kind: 'event', event: { event: 'link', room, data: thither } },
    ]);
  });

  it('opened again is the same place', async () => {
    const guest = await functions.guest();
    const room = seededBytes('same place');
    await guest.request('link.open', { room });
    expect(await guest.request('link.open', { room })).toMatchObject({ peer: false });
  });

  it('says so when the other one has gone', async () => {
    const [one, two] = [await functions.guest(), await functions.guest()];
    const room = seededBytes('gone room');
    await one.request('link.open', { room });
    functions.gateway.gone.add(one.id);
    expect(await two.request('link.open', { room })).toMatchObject({ peer: false });
    expect(await refusalOf(two.request('link.send', { room, data: room }))).toBe('peer-gone');
  });

  it('ends after two minutes, whether or not the items are deleted', async () => {
    const room = seededBytes('old room');
    const one = await functions.guest();
    await one.request('link.open', { room });
    await (await functions.guest()).request('link.open', { room });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * MINUTES });
    try {
      const late = await functions.guest();
      expect(await refusalOf(late.request('link.send', { room, data: room }))).toBe('link-unknown');
      expect(await late.request('link.open', { room })).toMatchObject({ peer: false });
    } finally {
      vi.useRealTimers();
    }
  });
});
