import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openMemoryStore } from '../../../../client/storage/memory-store.ts';
import type { ServerEvent } from '../../../../client/transport/connection.ts';
import { openGuest } from '../../../../client/transport/guest.ts';
import { nodePlatform as platform } from '../../../../client/transport/node-platform.ts';
import { ServerClock } from '../../../../client/transport/server-clock.ts';
import { TIMINGS } from '../../../../client/transport/timings.ts';
import { Transport } from '../../../../client/transport/transport.ts';
import { Person } from '../../../support/person.ts';
import { type Sotto, startSotto } from '../../../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

const QUICK = { ...TIMINGS, backoffBase: 20, backoffCap: 100 };

async function connect(person: Person, device = 1): Promise<Transport> {
  const { connectSecret } = person.account.keys(device);
  const { registration } = person.account.device(device);
  const credentials = { account: person.id, device, registration, connectSecret };
  const store = await openMemoryStore();
  const transport = new Transport({ endpoint: sotto.url, device: credentials, store, platform, timings: QUICK });
  onTestFinished(() => transport.close());
  return transport;
}

function next<Value>(listen: (listener: (value: Value) => void) => () => void, wanted: (value: Value) => boolean) {
  return new Promise<Value>((resolve) => {
    const stop = listen((value) => {
      if (!wanted(value)) return;
      stop();
      resolve(value);
    });
  });
}

const event = (transport: Transport, name: ServerEvent['event']) =>
  next<ServerEvent>(
    (listener) => transport.onEvent(listener),
    (given) => given.event === name,
  );
const refusal = (transport: Transport) =>
  next(
    (listener: Parameters<Transport['onState']>[0]) => transport.onState(listener),
    ({ kind }) => kind === 'refused',
  );

describe('against the real system on this machine', () => {
  it('a guest says hello and may do no more', async () => {
    const guest = await openGuest({ url: sotto.url, platform, timings: TIMINGS, clock: new ServerClock(platform) });
    onTestFinished(() => guest.close());
    expect(await guest.request('hello', {})).toMatchObject({ admission: 'open', caller: { kind: 'guest' } });
    await expect(guest.request('message.pull', {})).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('a device sends, another one is told, pulls and acknowledges', async () => {
    const alice = await Person.create(sotto.url, 'transport alice');
    const bob = await Person.create(sotto.url, 'transport bob');
    const [from, to] = [await connect(alice), await connect(bob)];
    await to.request('message.pull', {});
    const pushed = event(to, 'message');
    const message = alice.messageTo(bob);
    const sent = await from.request('message.send', message);
    expect(sent.devices.map(({ status }) => status)).toEqual(['stored']);
    expect(await pushed).toMatchObject({ message: message.message, sender: alice.id });
    const { messages } = await to.request('message.pull', {});
    const copies = messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice }));
    expect(copies).toEqual([{ message: message.message, sender: alice.id, senderDevice: 1 }]);
    await to.request('message.ack', { messages: copies });
    expect(await to.request('message.pull', {})).toEqual({ messages: [] });
  });

  it('a second copy of a device makes the first one stop', async () => {
    const carol = await Person.create(sotto.url, 'transport carol');
    const first = await connect(carol);
    await first.request('message.pull', {});
    const second = await connect(carol);
    await second.request('message.pull', {});
    await expect(first.request('message.pull', {})).rejects.toMatchObject({ code: 'refused', reason: 'superseded' });
    await second.request('message.pull', {});
  });

  it('a removed device learns that it was removed', async () => {
    const dave = await Person.create(sotto.url, 'transport dave', 2);
    const [kept, removed] = [await connect(dave, 1), await connect(dave, 2)];
    await Promise.all([kept, removed].map((transport) => transport.request('message.pull', {})));
    const refused = refusal(removed);
    const list = dave.account.publish({ remove: [2], later: Date.now() - dave.account.content.time });
    expect(await kept.request('account.publish', { list, prekeys: [] })).toMatchObject({ removed: [2] });
    expect(await refused).toEqual({ kind: 'refused', reason: 'device-unknown' });
  });
});
