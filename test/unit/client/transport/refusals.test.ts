import { describe, expect, it } from 'vitest';
import { TIMINGS } from '../../../../client/transport/timings.ts';
import type { FakeSocket } from '../../../support/fake-platform.ts';
import { deviceTicketOf, live, TransportFixture, ticketOf } from '../../../support/transport-fixture.ts';

/** Lets attempts fail until a guest is asked for the reason, and answers as the server would. */
async function refuse(fixture: TransportFixture, refused: string | undefined, ahead = 0) {
  const { platform } = fixture;
  for (;;) {
    const socket = platform.openSockets.at(-1);
    if (socket && ticketOf(socket).kind === 'guest') return answerHello(fixture, socket, refused, ahead);
    socket?.drop();
    await fixture.settle();
    if (platform.openSockets.length === 0) await fixture.advance(TIMINGS.backoffCap);
  }
}

async function answerHello(fixture: TransportFixture, guest: FakeSocket, refused: string | undefined, ahead = 0) {
  guest.accept();
  await fixture.settle();
  const time = Math.min(Math.max(fixture.platform.now() + ahead, 0), 8_640_000_000_000);
  const hello = { time, admission: 'open', caller: { kind: 'guest' }, ...(refused ? { refused } : {}) };
  const asked = guest.requests('hello')[0]?.ticket;
  guest.answer('hello', hello);
  await fixture.settle();
  expect(guest.closedByClient).toBe(true);
  return asked;
}

async function notCurrent(fixture: TransportFixture, socket: FakeSocket) {
  const request = fixture.transport.request('message.pull', {});
  request.catch(() => {});
  await fixture.settle();
  socket.refuse('message.pull', 'not-current');
  await fixture.settle();
  return request;
}

describe('a refused ticket', () => {
  it('is shown to the server by a guest at the second failure, not at the first', async () => {
    const fixture = await TransportFixture.create();
    const first = await fixture.platform.socket(0);
    first.drop();
    await fixture.settle();
    expect(fixture.platform.sockets.length).toBe(1);
    const asked = await refuse(fixture, 'device-unknown');
    expect(fixture.platform.sockets.map((socket) => ticketOf(socket).kind)).toEqual(['device', 'device', 'guest']);
    expect(asked).toBe(fixture.platform.sockets[1]?.protocols[1]);
  });

  it.each([
    'device-unknown',
    'ticket-signature',
    'ticket-malformed',
  ] as const)('stops the transport: %s', async (reason) => {
    const fixture = await TransportFixture.create();
    await fixture.platform.socket(0);
    const waiting = fixture.transport.request('message.pull', {});
    const failed = expect(waiting).rejects.toMatchObject({ code: 'refused', reason });
    await refuse(fixture, reason);
    expect(fixture.transport.state).toEqual({ kind: 'refused', reason });
    await failed;
    const later = fixture.transport.request('message.pull', {});
    await expect(later).rejects.toMatchObject({ code: 'refused', reason });
    fixture.platform.hint('online');
    await fixture.advance(TIMINGS.replace);
    expect(fixture.platform.openSockets).toEqual([]);
    expect(fixture.platform.timers.size).toBe(0);
  });

  it('can be tried again when a person asks for it', async () => {
    const fixture = await TransportFixture.create();
    await fixture.platform.socket(0);
    await refuse(fixture, 'device-unknown');
    fixture.transport.reconnect();
    await fixture.settle();
    fixture.platform.openSockets[0]?.accept();
    await fixture.settle();
    expect(fixture.transport.state.kind).toBe('online');
    const request = fixture.transport.request('message.pull', {});
    await fixture.settle();
    fixture.platform.openSockets[0]?.answer('message.pull', { messages: [] });
    await request;
  });

  it('for its time teaches the clock, and the next one holds', async () => {
    const fixture = await TransportFixture.create();
    const { platform } = fixture;
    await platform.socket(0);
    const ahead = 3_600_000;
    await refuse(fixture, 'ticket-time', ahead);
    const { state } = fixture.transport;
    if (state.kind !== 'offline') throw new Error('not offline');
    await fixture.advance(state.retryAt - platform.now());
    const next = platform.openSockets[0];
    if (!next) throw new Error('no attempt');
    expect(deviceTicketOf(next).time).toBe(platform.now() + ahead);
    expect(fixture.transport.clock.now()).toBe(platform.now() + ahead);
  });

  it.each([
    'ticket-time',
    'ticket-replayed',
  ] as const)('that new tickets do not mend stops the transport in the end: %s', async (reason) => {
    const fixture = await TransportFixture.create();
    await fixture.platform.socket(0);
    for (let i = 1; i < TIMINGS.sameRefusals; i++) await refuse(fixture, reason);
    expect(fixture.transport.state.kind).toBe('offline');
    await refuse(fixture, reason);
    expect(fixture.transport.state).toEqual({ kind: 'refused', reason });
  });

  it('is followed by tickets that can be written, whatever time the server claims', async () => {
    for (const ahead of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) {
      const fixture = await TransportFixture.create();
      await fixture.platform.socket(0);
      await refuse(fixture, 'ticket-time', ahead);
      // The clock runs on, past the end of the protocol's times.
      await fixture.advance(TIMINGS.backoffCap);
      fixture.platform.openSockets[0]?.accept();
      await fixture.settle();
      expect(fixture.transport.state.kind).toBe('online');
    }
  });

  it('that would not be refused now is only a failure', async () => {
    const fixture = await TransportFixture.create();
    await fixture.platform.socket(0);
    for (let i = 0; i < 5; i++) await refuse(fixture, undefined);
    expect(fixture.transport.state.kind).toBe('offline');
  });
});

describe('a connection that is not the current one any more', () => {
  it('stops the transport, which does not fight with the other one', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    await expect(notCurrent(fixture, socket)).rejects.toMatchObject({ code: 'refused', reason: 'superseded' });
    expect(fixture.transport.state).toEqual({ kind: 'refused', reason: 'superseded' });
    expect(socket.closedByClient).toBe(true);
    await answerHello(fixture, await fixture.platform.socket(1), undefined);
    fixture.platform.hint('foreground');
    await fixture.advance(TIMINGS.replace);
    expect(fixture.transport.state).toEqual({ kind: 'refused', reason: 'superseded' });
    expect(fixture.platform.openSockets).toEqual([]);
  });

  it('tells when the device was removed instead', async () => {
    const fixture = await TransportFixture.create();
    await expect(notCurrent(fixture, await fixture.online())).rejects.toMatchObject({ code: 'refused' });
    await answerHello(fixture, await fixture.platform.socket(1), 'device-unknown');
    expect(fixture.transport.state).toEqual({ kind: 'refused', reason: 'device-unknown' });
  });

  it('is replaced when an attempt of our own that seemed to fail may have taken over', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    await live(fixture, TIMINGS.replace * 0.95);
    // The replacement reaches the server, and its answer gets lost.
    await fixture.advance(TIMINGS.connect);
    expect(fixture.platform.sockets[1]?.closedByClient).toBe(true);
    const request = notCurrent(fixture, socket);
    await fixture.settle();
    expect(fixture.transport.state.kind).toBe('offline');
    await fixture.advance(TIMINGS.backoffCap);
    const next = fixture.platform.openSockets[0];
    next?.accept();
    await fixture.settle();
    next?.answer('message.pull', { messages: [] });
    await await request;
    expect(fixture.transport.state.kind).toBe('online');
  });
});

describe('closing', () => {
  const moments: Record<string, (fixture: TransportFixture) => Promise<unknown>> = {
    'before the first attempt': async () => {},
    'while connecting': ({ platform }) => platform.socket(0),
    'while online with a request in flight': async (fixture) => {
      await fixture.online();
      fixture.transport.request('message.pull', {}).catch(() => {});
      await fixture.settle();
    },
    'while waiting to connect again': async (fixture) => (await fixture.online()).drop(),
    'while a request waits to be repeated': async (fixture) => {
      const socket = await fixture.online();
      fixture.transport.request('message.pull', {}).catch(() => {});
      await fixture.settle();
      socket.refuse('message.pull', 'unavailable');
      await fixture.settle();
    },
    'while an old connection still answers': async (fixture) => {
      await fixture.online();
      fixture.transport.request('message.pull', {}).catch(() => {});
      await fixture.advance(1);
      for (const timer of [...fixture.platform.timers]) {
        if (timer.at - fixture.platform.now() > TIMINGS.pull) timer.callback();
      }
      (await fixture.platform.socket(1)).accept();
      await fixture.settle();
      expect(fixture.platform.openSockets.length).toBe(2);
    },
    'while a guest asks for the reason': async (fixture) => {
      (await fixture.platform.socket(0)).drop();
      await fixture.settle();
      await fixture.advance(TIMINGS.backoffCap);
      (await fixture.platform.socket(1)).drop();
      (await fixture.platform.socket(2)).accept();
      await fixture.settle();
    },
    'after a refusal': async (fixture) => {
      await fixture.platform.socket(0);
      await refuse(fixture, 'device-unknown');
    },
  };

  it.each(
    Object.entries(moments),
  )('leaves no timer, socket or listener behind, and fails what waits: %s', async (_, reach) => {
    const fixture = await TransportFixture.create();
    await reach(fixture);
    const refused = fixture.transport.state.kind === 'refused';
    const waiting = fixture.transport.request('account.lists', {
      account: '0f8fad5b-d9cb-869f-a165-70867728950e',
      after: 0,
    });
    const failed = expect(waiting).rejects.toMatchObject({ code: refused ? 'refused' : 'stopped' });
    await fixture.settle();
    fixture.transport.close();
    fixture.transport.close();
    await failed;
    await fixture.settle();
    fixture.transport.reconnect();
    await fixture.settle();
    expect(fixture.platform.openSockets).toEqual([]);
    expect(fixture.platform.timers.size).toBe(0);
    expect(fixture.platform.watchers).toBe(0);
    expect(fixture.transport.state).toEqual({ kind: 'stopped' });
    await expect(fixture.transport.request('message.pull', {})).rejects.toMatchObject({ code: 'stopped' });
  });
});
