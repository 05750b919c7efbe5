import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodePlatform } from '../../../client/transport/node-platform.ts';
import type { Platform } from '../../../client/transport/platform.ts';
import { TransportError } from '../../../client/transport/transport-error.ts';
import { candidatesOf, factsOf, listen } from '../../support/calls.ts';
import { eventually } from '../../support/eventually.ts';
import { ShiftedClock } from '../../support/shifted-clock.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';

const SECOND = 1_000;

/** A network that can lose its connection when a message has left, or be away. */
class Network {
  /** Called with every urgent message that leaves; true: the connection ends before the answer. */
  drops: () => boolean = () => false;
  isUp = true;
  readonly #close = new Set<() => void>();
  readonly platform: Platform;

  constructor(clock: ShiftedClock) {
    this.platform = {
      ...nodePlatform,
      now: () => clock.now(),
      after: (milliseconds, callback) => clock.after(milliseconds, callback),
      openSocket: (url, protocols, handlers) => {
        const socket = nodePlatform.openSocket(url, protocols, handlers);
        // Not before the caller has the socket.
        if (!this.isUp) queueMicrotask(socket.close);
        this.#close.add(socket.close);
        const send = (text: string) => {
          socket.send(text);
          const { action, urgent } = JSON.parse(text);
          if (action === 'message.send' && urgent && this.drops()) socket.close();
        };
        return { ...socket, send };
      },
    };
  }

  /** Until {@link isUp} is set again. */
  down(): void {
    this.isUp = false;
    for (const close of this.#close) close();
  }
}

const clock = new ShiftedClock();
let cloud: Sotto;
let network: Network;
let alice: User;
let phone: User;
let laptop: User;
/** Accounts, and the phone's id. */
let ids: { readonly alice: string; readonly bob: string; readonly phone: number };
beforeAll(async () => {
  cloud = await startSotto({ clock });
  network = new Network(clock);
  alice = await User.signUp(cloud.url, network.platform);
  phone = await User.signUp(cloud.url, new Network(clock).platform);
  laptop = await User.link(phone);
  ids = { alice: alice.account, bob: phone.account, phone: phone.client.device };
  await alice.client.addContact(phone.client.contactLink);
  await alice.client.conversations.send(phone.account, 'hello');
  for (const device of [phone, laptop]) await device.shows(alice.account, ['hello']);
  await phone.client.conversations.send(alice.account, 'hello yourself');
  for (const device of [alice, phone, laptop]) await device.until(otherOf(device), (texts) => texts.length === 2);
}, 120_000);
afterAll(() => cloud.close());

beforeEach(async () => {
  network.isUp = true;
  network.drops = () => false;
  alice.client.reconnect();
});

const otherOf = (user: User) => (user === alice ? ids.bob : ids.alice);
const say = (generation: number, from = alice, device = ids.phone) =>
  from.client.conversations.calls.say({ account: otherOf(from), device }, candidatesOf(generation), {
    urgent: true,
    expires: clock.now() + 60 * SECOND,
  });
const generations = (heard: ReturnType<typeof listen>) =>
  heard.map((told) =>
    told.kind === 'signal' && told.signal.type === 'call-candidates' ? told.signal.generation : told,
  );

describe('signals over the real server', { timeout: 120_000 }, () => {
  it('go to the one device and back, in order, once, also through a lost connection', async () => {
    const [there, elsewhere, back] = [phone, laptop, alice].map(({ client }) => listen(client.conversations));
    let sent = 0;
    network.drops = () => ++sent === 2;
    const outcomes = Promise.all([1, 2, 3, 4].map((generation) => say(generation)));
    expect(await outcomes).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(sent).toBe(5);
    await eventually(() => generations(there ?? [])).toEqual([1, 2, 3, 4]);
    expect(await say(5, phone, alice.client.device)).toBe('stored');
    await eventually(() => generations(back ?? [])).toEqual([5]);
    expect(back).toMatchObject([{ signal: { fromDevice: ids.phone }, mayRing: true }]);
    expect(await say(6, alice, laptop.client.device)).toBe('stored');
    await eventually(() => generations(elsewhere ?? [])).toEqual([6]);
    expect(await say(7, alice, 99)).toBe('undeliverable');
    expect(generations(there ?? [])).toEqual([1, 2, 3, 4]);
  });

  it('are not delivered after a minute, and are as old as the server says', async () => {
    phone.stop();
    expect(await say(1)).toBe('stored');
    clock.advance(30 * SECOND);
    // The server has it already when it is sent again: it must be the same to the server.
    let sent = 0;
    network.drops = () => ++sent === 1;
    expect(await say(2)).toBe('stored');
    expect(sent).toBe(2);
    clock.advance(31 * SECOND);
    await phone.start();
    const heard = listen(phone.client.conversations);
    await eventually(() => generations(heard)).toEqual([2]);
    expect(heard[0]?.age).toBeGreaterThanOrEqual(31 * SECOND - 1);
    expect(heard[0]?.age).toBeLessThan(60 * SECOND);
  });

  it('do not leave a device that was away until their time was up', async () => {
    const heard = listen(phone.client.conversations);
    network.down();
    await eventually(() => alice.client.state.kind).not.toBe('online');
    let isOver = false;
    const waiting = say(1).finally(() => {
      isOver = true;
    });
    // Second by second, so that it is on its way before its time is up.
    await eventually(() => {
      clock.advance(SECOND);
      return isOver;
    }).toBe(true);
    expect(await waiting).toBe('undeliverable');
    network.isUp = true;
    alice.client.reconnect();
    expect(await say(2)).toBe('stored');
    await eventually(() => generations(heard)).toEqual([2]);
  });
});

describe('entries of calls over the real server', { timeout: 120_000 }, () => {
  it('reach the other own device, and a note devices that were away', async () => {
    const { calls } = alice.client.conversations;
    const [taken, missed] = [await calls.begin(phone.account), await calls.begin(phone.account)];
    const called = { caller: alice.account, conversation: alice.account };
    const answered = factsOf({ id: taken.entry, ...called, seconds: 60 });
    await phone.client.conversations.calls.record(answered, { tell: true, note: false });
    await laptop.until(alice.account, (texts) => texts.length === 3);
    laptop.stop();
    const facts = factsOf({ id: missed.entry, caller: alice.account, conversation: phone.account, outcome: 'missed' });
    await calls.record(facts, { tell: true, note: true });
    await phone.until(alice.account, (texts) => texts.length === 4);
    await laptop.start();
    await laptop.until(alice.account, (texts) => texts.length === 4);
    for (const { client } of [phone, laptop]) {
      expect((await client.conversations.messages(alice.account)).slice(2)).toMatchObject([
        { id: taken.entry, kind: 'call', state: 'seen', call: { incoming: true, outcome: 'answered', seconds: 60 } },
        { id: missed.entry, kind: 'call', state: 'unread', call: { incoming: true, outcome: 'missed', seconds: 0 } },
      ]);
    }
    for (const user of [alice, phone, laptop]) {
      // Programs were ended while they asked for something, and connections were lost.
      expect(user.failures.filter((error) => !(error instanceof TransportError))).toEqual([]);
      user.stop();
    }
  });
});
