import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frankingWeek, stampTag } from '../../../shared/trust/franking.ts';
import { type DeployedFunctions, startFunctions, type TestConnection } from '../../support/deployed-functions.ts';
import { seededBytes } from '../../support/identities.ts';
import { addDevice, messageId, messageTo, refusalOf, signUp } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

const messagesOf = (connection: TestConnection) =>
  connection
    .events()
    .flatMap((frame) => (frame.kind === 'event' && frame.event.event === 'message' ? [frame.event] : []));

describe('message.send', () => {
  it('stores a copy for each device, pushes it to those that are connected, and says so', async () => {
    const alice = await signUp(functions, 'send alice');
    const bob = await signUp(functions, 'send bob');
    const second = await addDevice(functions, bob);
    await second.disconnect();
    const message = messageTo(bob.account, [1, 2]);

    const reply = await alice.connection.request('message.send', message);

    expect(reply.devices.map(({ device, status }) => [device, status])).toEqual([
      [1, 'stored'],
      [2, 'stored'],
    ]);
    expect(reply.sequence).toBe(2);
    expect(reply.lists).toBeUndefined();
    const [pushed] = messagesOf(bob.connection);
    const { messages } = await bob.connection.request('message.pull', {});
    const { event: _, ...envelope } = pushed ?? { event: 'message' };
    expect(messages).toEqual([envelope]);
    expect(envelope).toMatchObject({
      sender: alice.account.account,
      senderDevice: 1,
      ciphertext: message.devices[0]?.ciphertext,
      stored: true,
    });
    expect(messagesOf(second)).toEqual([]);
    const again = await functions.device(bob.account, 2, 2);
    expect((await again.request('message.pull', {})).messages).toHaveLength(1);
  });

  it('stamps what it accepted with the key of the week, once for the whole account', async () => {
    const alice = await signUp(functions, 'stamp alice');
    const bob = await signUp(functions, 'stamp bob');
    await addDevice(functions, bob);
    const message = messageTo(bob.account, [1, 2]);
    const { devices } = await alice.connection.request('message.send', message);
    const [one, two] = devices.map(({ stamp }) => stamp);
    expect(one).toEqual(two);
    const keys = await functions.tables.scan('frankingKeys');
    const key = keys.find(({ week }) => week?.N === String(frankingWeek(one?.time ?? 0)))?.key?.B;
    const stamped = {
      commitment: message.commitment,
      sender: alice.account.account,
      senderDevice: 1,
      recipient: bob.account.account,
      messageId: message.message,
      time: one?.time ?? 0,
    };
    expect(one?.tag).toEqual(stampTag(key ?? new Uint8Array(), stamped));
  });

  it('repeated stores nothing twice and returns the first stamp; another commitment is a conflict', async () => {
    const alice = await signUp(functions, 'retry alice');
    const bob = await signUp(functions, 'retry bob');
    const message = messageTo(bob.account, [1]);
    const first = await alice.connection.request('message.send', message);
    const second = await alice.connection.request('message.send', message);
    expect(second).toEqual(first);
    expect((await bob.connection.request('message.pull', {})).messages).toHaveLength(1);
    const other = { ...message, commitment: seededBytes('another commitment') };
    expect(await refusalOf(alice.connection.request('message.send', other))).toBe('conflict');
  });

  it('arrives in several frames, one of them repeated', async () => {
    const alice = await signUp(functions, 'frames alice');
    const bob = await signUp(functions, 'frames bob');
    await addDevice(functions, bob);
    for (const device of [1, 2, 2]) {
      const reply = await alice.connection.request('message.send', messageTo(bob.account, [device]));
      expect(reply.devices).toMatchObject([{ device, status: 'stored' }]);
    }
    expect((await bob.connection.request('message.pull', {})).messages).toHaveLength(1);
  });

  it('takes the same id from two senders for two messages', async () => {
    const bob = await signUp(functions, 'same id bob');
    const message = messageTo(bob.account, [1]);
    for (const name of ['same id alice', 'same id carol']) {
      const { connection } = await signUp(functions, name);
      await connection.request('message.send', message);
    }
    expect((await bob.connection.request('message.pull', {})).messages).toHaveLength(2);
  });

  it('names stale and unknown devices, never missing ones, and sends the newer lists', async () => {
    const alice = await signUp(functions, 'stale alice');
    const bob = await signUp(functions, 'stale bob');
    await addDevice(functions, bob);
    const registration = bob.account.device(1).registration === 1 ? 2 : 1;
    const entry = messageTo(bob.account, [1]).devices[0];
    if (!entry) throw new Error('no device');
    const reply = await alice.connection.request('message.send', {
      ...messageTo(bob.account, []),
      list: 1,
      devices: [
        { ...entry, registration },
        { ...entry, device: 9 },
      ],
    });
    expect(reply.devices).toEqual([
      { device: 1, status: 'stale' },
      { device: 9, status: 'unknown' },
    ]);
    expect(reply.sequence).toBe(2);
    expect(reply.lists?.map(({ payload }) => payload)).toEqual([bob.account.list.payload]);
  });

  it('with time to live 0 pushes and stores nothing, and does not tell who is connected', async () => {
    const alice = await signUp(functions, 'typing alice');
    const bob = await signUp(functions, 'typing bob');
    const second = await addDevice(functions, bob);
    await second.disconnect();
    const { devices } = await alice.connection.request('message.send', messageTo(bob.account, [1, 2], { ttl: 0 }));
    expect(devices.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
    expect(messagesOf(bob.connection)).toMatchObject([{ stored: false }]);
    expect((await bob.connection.request('message.pull', {})).messages).toEqual([]);
  });

  it('reaches one’s own other devices like anybody’s, without a token', async () => {
    const alice = await signUp(functions, 'own alice');
    const second = await addDevice(functions, alice);
    const { token: _, ...message } = messageTo(alice.account, [2]);
    await alice.connection.request('message.send', message);
    expect((await second.request('message.pull', {})).messages).toHaveLength(1);
  });

  it.each([
    ['a day and a minute ago', -24 * 3_600_000 - 60_000, 'message-time'],
    ['a day ago, less a minute', -24 * 3_600_000 + 60_000, 'none'],
    ['in four minutes', 4 * 60_000, 'none'],
    ['in six minutes', 6 * 60_000, 'message-time'],
  ])('with an id from %s: %s ms: %s', async (_name, offset, code) => {
    const alice = await signUp(functions, `time alice ${offset}`);
    const bob = await signUp(functions, `time bob ${offset}`);
    const message = messageTo(bob.account, [1], { message: messageId('timed', Date.now() + offset) });
    expect(await refusalOf(alice.connection.request('message.send', message))).toBe(code);
  });

  it('refuses a device that is named twice', async () => {
    const alice = await signUp(functions, 'twice alice');
    const bob = await signUp(functions, 'twice bob');
    const message = messageTo(bob.account, [1, 1]);
    expect(await refusalOf(alice.connection.request('message.send', message))).toBe('bad-request devices');
  });

  it('forgets a connection that is gone, but not one that may still be opening', async () => {
    const alice = await signUp(functions, 'gone alice');
    const bob = await signUp(functions, 'gone bob');
    functions.gateway.gone.add(bob.connection.id);
    const connectionOf = async () => {
      const items = await functions.tables.scan('connections');
      return items.find(({ account }) => account?.S === bob.account.account)?.connection?.S;
    };
    await alice.connection.request('message.send', messageTo(bob.account, [1]));
    expect(await connectionOf()).toBe(bob.connection.id);

    const old = await functions.device(bob.account, 1, 2, Date.now() - 36_000);
    functions.gateway.gone.add(old.id);
    await alice.connection.request('message.send', messageTo(bob.account, [1]));
    expect(await connectionOf()).toBeUndefined();
  });

  it('is limited per account', async () => {
    const alice = await signUp(functions, 'flood alice');
    const bob = await signUp(functions, 'flood bob');
    const { rateLimits } = await import('../../../shared/store/rate-limits.ts');
    const limits = rateLimits(functions.tables.dynamo, functions.tables.names.ephemera, () => Date.now());
    vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / 60_000) * 60_000 + 1 });
    try {
      await limits.use('send', alice.account.account, 600);
      const message = messageTo(bob.account, [1]);
      expect(await refusalOf(alice.connection.request('message.send', message))).toBe('rate-limited');
      expect((await bob.connection.request('message.pull', {})).messages).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});
