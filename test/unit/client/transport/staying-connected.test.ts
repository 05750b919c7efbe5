import { describe, expect, it } from 'vitest';
import { TIMINGS } from '../../../../client/transport/timings.ts';
import { live, TransportFixture } from '../../../support/transport-fixture.ts';

const LIST = { account: '0f8fad5b-d9cb-869f-a165-70867728950e', after: 0 } as const;
const LISTS = { lists: [], more: false, sequence: 1 };
/** With `chance` 0.5. */
const REPLACED_AFTER = TIMINGS.replace * 0.95;

describe('a connection that is quiet', () => {
  it('is pinged every few minutes, and not while there are frames either way', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    await fixture.advance(TIMINGS.idle - 1);
    socket.receive({ event: 'account.changed', sequence: 1 });
    await fixture.advance(TIMINGS.idle - 1);
    fixture.transport.request('message.pull', {}).catch(() => {});
    await fixture.settle();
    socket.answer('message.pull', { messages: [] });
    await fixture.advance(TIMINGS.idle - 1);
    expect(socket.requests('ping')).toEqual([]);
    await fixture.advance(1);
    expect(socket.requests('ping')).toEqual([{ action: 'ping' }]);
  });

  it('is given up when nothing at all answers a ping in time', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    await fixture.advance(TIMINGS.idle);
    await fixture.advance(TIMINGS.pong - 1);
    expect(fixture.transport.state.kind).toBe('online');
    await fixture.advance(1);
    expect(socket.closedByClient).toBe(true);
    expect(fixture.transport.state.kind).toBe('offline');
  });

  it('is kept when anything arrives after a ping', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    await fixture.advance(TIMINGS.idle);
    socket.receive({ event: 'account.changed', sequence: 1 });
    await fixture.advance(TIMINGS.pong);
    expect(fixture.transport.state.kind).toBe('online');
  });

  it('is tested at once when the machine says that something changed', async () => {
    for (const hint of ['online', 'offline', 'foreground'] as const) {
      const fixture = await TransportFixture.create();
      const socket = await fixture.online();
      fixture.platform.hint(hint);
      fixture.platform.hint(hint);
      expect(socket.requests('ping').length).toBe(1);
      await fixture.advance(TIMINGS.pong);
      expect(socket.closedByClient).toBe(true);
    }
  });
});

describe('pulling', () => {
  it('is due on every new connection, in the foreground, and fifteen minutes after the last time', async () => {
    const fixture = await TransportFixture.create();
    const first = await fixture.online();
    expect(fixture.pulls).toEqual(['connected']);
    await live(fixture, TIMINGS.pull - 1);
    fixture.platform.hint('foreground');
    first.receive({ event: 'pong' });
    await live(fixture, TIMINGS.pull - 1);
    expect(fixture.pulls).toEqual(['connected', 'foreground']);
    await fixture.advance(1);
    expect(fixture.pulls).toEqual(['connected', 'foreground', 'interval']);
    first.drop();
    fixture.platform.hint('foreground');
    await fixture.settle();
    expect(fixture.pulls.length).toBe(3);
    fixture.platform.sockets[1]?.accept();
    await fixture.settle();
    expect(fixture.pulls.at(-1)).toBe('connected');
    await live(fixture, TIMINGS.pull);
    expect(fixture.pulls.at(-1)).toBe('interval');
  });
});

describe('a connection that grows old', () => {
  it('is replaced before two hours, at a time that chance spreads, the new one first', async () => {
    for (const chance of [0, 0.5, 0.999]) {
      const fixture = await TransportFixture.create();
      fixture.platform.chance = chance;
      const old = await fixture.online();
      const age = TIMINGS.replace * (1 - chance / 10);
      expect(age + TIMINGS.connect + TIMINGS.request).toBeLessThan(2 * 60 * 60_000);
      await live(fixture, age - 1);
      expect(fixture.platform.sockets.length).toBe(1);
      await live(fixture, 1);
      const next = await fixture.platform.socket(1);
      expect(old.ended).toBe(false);
      next.accept();
      await fixture.settle();
      expect(old.closedByClient).toBe(true);
      expect(fixture.states.map(({ kind }) => kind)).toEqual(['online', 'online']);
      expect(fixture.pulls.at(-1)).toBe('connected');
    }
  });

  it('ends the requests in flight, passes its events on, and takes no new ones', async () => {
    const fixture = await TransportFixture.create();
    const old = await fixture.online();
    await live(fixture, REPLACED_AFTER - 1);
    const inFlight = fixture.transport.request('account.lists', LIST);
    await live(fixture, 1);
    const next = await fixture.platform.socket(1);
    next.accept();
    await fixture.settle();
    const later = fixture.transport.request('account.lists', { ...LIST, after: 5 });
    await fixture.settle();
    expect(old.ended).toBe(false);
    expect(next.requests('account.lists').map(({ after }) => after)).toEqual([5]);
    old.receive({ event: 'account.changed', sequence: 9 });
    expect(fixture.events).toEqual([{ event: 'account.changed', sequence: 9 }]);
    old.answer('account.lists', { ...LISTS, sequence: 4 });
    expect(await inFlight).toMatchObject({ sequence: 4 });
    expect(old.closedByClient).toBe(true);
    next.answer('account.lists', LISTS);
    await later;
    expect(next.requests('account.lists').length).toBe(1);
  });

  it('leaves what it did not carry out any more to the new one', async () => {
    const fixture = await TransportFixture.create();
    const old = await fixture.online();
    await live(fixture, REPLACED_AFTER - 1);
    const notCurrent = fixture.transport.request('account.lists', { ...LIST, after: 1 });
    const silent = fixture.transport.request('account.lists', { ...LIST, after: 2 });
    await live(fixture, 1);
    const next = await fixture.platform.socket(1);
    next.accept();
    await fixture.settle();
    old.refuse('account.lists', 'not-current', 0);
    await fixture.settle();
    old.drop();
    await fixture.settle();
    await fixture.advance(2_000);
    expect(fixture.transport.state.kind).toBe('online');
    expect(next.requests('account.lists').map(({ after }) => after)).toEqual([1, 2]);
    next.answer('account.lists', LISTS, 0);
    next.answer('account.lists', LISTS, 1);
    await Promise.all([notCurrent, silent]);
  });

  it('stays in use for as long as no new one opens', async () => {
    const fixture = await TransportFixture.create();
    const old = await fixture.online();
    await live(fixture, REPLACED_AFTER);
    (await fixture.platform.socket(1)).drop();
    await fixture.settle();
    expect(fixture.transport.state.kind).toBe('online');
    const request = fixture.transport.request('account.lists', LIST);
    await fixture.settle();
    old.answer('account.lists', LISTS);
    await request;
    await fixture.advance(TIMINGS.backoffCap);
    (await fixture.platform.socket(2)).accept();
    await fixture.settle();
    expect(old.closedByClient).toBe(true);
    expect(fixture.platform.openSockets.length).toBe(1);
  });

  it('may be lost while the new one opens', async () => {
    const fixture = await TransportFixture.create();
    const old = await fixture.online();
    await live(fixture, REPLACED_AFTER);
    const next = await fixture.platform.socket(1);
    old.drop();
    await fixture.advance(2_000);
    expect(fixture.transport.state.kind).toBe('connecting');
    expect(fixture.platform.sockets.length).toBe(2);
    next.accept();
    await fixture.settle();
    expect(fixture.transport.state.kind).toBe('online');
  });
});
