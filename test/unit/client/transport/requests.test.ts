import { describe, expect, it, vi } from 'vitest';
import { TIMINGS } from '../../../../client/transport/timings.ts';
import { TransportFixture } from '../../../support/transport-fixture.ts';

const LIST = { account: '0f8fad5b-d9cb-869f-a165-70867728950e', after: 0 } as const;
const LISTS = { lists: [], more: false, sequence: 1 };

describe('requests', () => {
  it('resolve with the fields of their own reply, whatever the order of the replies', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    const first = fixture.transport.request('message.pull', {});
    const second = fixture.transport.request('account.lists', LIST);
    await fixture.settle();
    socket.answer('account.lists', LISTS);
    socket.answer('message.pull', { messages: [], next: 'a#1' });
    expect(await first).toMatchObject({ next: 'a#1' });
    expect(await second).toMatchObject({ sequence: 1 });
  });

  it('fail with what the server answers, once', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    for (const code of ['unknown-account', 'rate-limited', 'bad-request', 'conflict']) {
      const request = fixture.transport.request('account.lists', LIST);
      await fixture.settle();
      socket.refuse('account.lists', code, socket.requests('account.lists').length - 1);
      await expect(request).rejects.toMatchObject({ name: 'ProtocolError', code });
    }
    await fixture.advance(TIMINGS.backoffCap);
    expect(socket.requests('account.lists').length).toBe(4);
  });

  it('wait for a connection, and go out in their order behind what the pull asks for', async () => {
    const fixture = await TransportFixture.create();
    const { transport } = fixture;
    transport.onPullDue(() => void transport.request('message.pull', {}).catch(() => {}));
    for (const after of [1, 2, 3]) transport.request('account.lists', { ...LIST, after }).catch(() => {});
    const socket = await fixture.online();
    expect(socket.sent.map(({ action, after }) => [action, after])).toEqual([
      ['message.pull', undefined],
      ['account.lists', 1],
      ['account.lists', 2],
      ['account.lists', 3],
    ]);
  });

  it('are sent again on the next connection when theirs is lost, and answered once', async () => {
    const fixture = await TransportFixture.create();
    const first = await fixture.online();
    const answered = vi.fn();
    const request = fixture.transport.request('account.lists', LIST).then(answered);
    await fixture.settle();
    first.drop();
    await fixture.advance(2_000);
    const second = await fixture.platform.socket(1);
    second.accept();
    await fixture.settle();
    second.answer('account.lists', LISTS);
    second.answer('account.lists', LISTS);
    first.answer('account.lists', LISTS);
    await request;
    expect(answered).toHaveBeenCalledOnce();
    expect([first, second].map((socket) => socket.requests('account.lists').length)).toEqual([1, 1]);
  });

  it('are repeated after silence, `unavailable` and `internal`, with jitter, and given up in the end', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    const request = fixture.transport.request('account.lists', LIST);
    const failed = expect(request).rejects.toMatchObject({ code: 'unavailable' });
    await fixture.settle();
    const sent = () => socket.requests('account.lists').length;
    // Silence; the ping that follows it is answered.
    await fixture.advance(TIMINGS.request);
    expect(socket.requests('ping').length).toBe(1);
    socket.receive({ event: 'pong' });
    await fixture.advance(1_999);
    expect(sent()).toBe(1);
    await fixture.advance(1);
    expect(sent()).toBe(2);
    for (let n = 1; n < TIMINGS.attempts; n++) {
      expect(sent()).toBe(n + 1);
      socket.refuse('account.lists', n % 2 ? 'unavailable' : 'internal', n);
      await fixture.settle();
      await fixture.advance(TIMINGS.backoffCap / 2);
    }
    await failed;
    await fixture.advance(TIMINGS.backoffCap);
    expect(sent()).toBe(TIMINGS.attempts);
  });

  it('have ids of their own', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    for (let i = 0; i < 5; i++) fixture.transport.request('message.pull', {}).catch(() => {});
    await fixture.settle();
    expect(new Set(socket.sent.map(({ id }) => id)).size).toBe(5);
  });

  it('that are not to wait fail at once when there is no connection, and are sent once when there is', async () => {
    const fixture = await TransportFixture.create();
    const options = { wait: false };
    await expect(fixture.transport.request('message.pull', {}, options)).rejects.toMatchObject({ code: 'offline' });
    const socket = await fixture.online();
    const request = fixture.transport.request('message.pull', {}, options);
    await fixture.settle();
    socket.refuse('message.pull', 'unavailable');
    await expect(request).rejects.toMatchObject({ code: 'unavailable' });
    const lost = fixture.transport.request('message.pull', {}, options);
    await fixture.settle();
    socket.drop();
    await expect(lost).rejects.toMatchObject({ code: 'closed' });
  });

  it('go out a few at a time, and are refused when too many wait', async () => {
    const [inFlight, waiting] = [3, 9];
    const fixture = await TransportFixture.create({ ...TIMINGS, inFlight, waiting });
    const requests = Array.from({ length: waiting }, () => fixture.transport.request('account.lists', LIST));
    await expect(fixture.transport.request('account.lists', LIST)).rejects.toMatchObject({ code: 'overloaded' });
    const socket = await fixture.online();
    for (let n = 0; n < waiting; n++) {
      expect(socket.sent.length).toBe(Math.min(n + inFlight, waiting));
      socket.answer('account.lists', LISTS, n);
      await requests[n];
      await fixture.settle();
    }
  });

  it('can be given up, waiting or sent, and make room for others', async () => {
    const fixture = await TransportFixture.create();
    const { transport } = fixture;
    const abort = new AbortController();
    const given = [transport.request('message.pull', {}, { signal: abort.signal })];
    const socket = await fixture.online();
    for (let i = 1; i < TIMINGS.inFlight + 4; i++) {
      given.push(transport.request('message.pull', {}, { signal: abort.signal }));
    }
    const other = transport.request('account.lists', LIST);
    await fixture.settle();
    expect(socket.requests('account.lists').length).toBe(0);
    abort.abort(new Error('enough'));
    for (const request of given) await expect(request).rejects.toThrow('enough');
    const late = transport.request('message.pull', {}, { signal: abort.signal });
    await expect(late).rejects.toThrow('enough');
    await fixture.settle();
    expect(socket.sent.length).toBe(TIMINGS.inFlight + 1);
    socket.answer('account.lists', LISTS);
    await other;
  });

  it('that do not fit the protocol are refused without being sent', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    const { transport } = fixture;
    const bad = transport.request('account.lists', { account: 'nobody', after: 0 });
    await expect(bad).rejects.toMatchObject({ name: 'ProtocolError', code: 'bad-request' });
    const ciphertext = new Uint8Array(16_384);
    const devices = [1, 2].map((device) => ({ device, registration: 1, type: 2 as const, ciphertext }));
    const large = transport.request('message.send', {
      message: '01890a5d-ac96-774b-bcce-b302099a8057',
      to: LIST.account,
      list: 1,
      commitment: new Uint8Array(32),
      ttl: 0,
      urgent: false,
      devices,
    });
    await expect(large).rejects.toMatchObject({ name: 'ProtocolError', code: 'bad-frame' });
    expect(socket.sent.length).toBe(0);
  });

  it('fail when the answer does not fit the protocol, and are not repeated', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    const request = fixture.transport.request('account.lists', LIST);
    await fixture.settle();
    socket.answer('account.lists', { lists: 'none' });
    await expect(request).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('are untouched by frames of the gateway, of later versions, and by anything malformed', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.online();
    const request = fixture.transport.request('account.lists', LIST);
    await fixture.settle();
    const id = socket.sent[0]?.id;
    const noise: unknown[] = [
      { message: 'Internal server error', connectionId: 'x', requestId: 'y' },
      { event: 'of-a-later-version', x: 1 },
      { event: 'account.changed', sequence: 'many' },
      { id: null, ok: false, error: { code: 'bad-frame', message: '' } },
      { id: 'nobody', ok: true },
      { id, ok: 'perhaps' },
      { id, ok: false, error: { code: 'no-such-code', message: '' } },
      '{',
      'null',
      `{"id":"${String(id)}","ok":true,"__proto__":{}}`,
      'x'.repeat(40_000),
      new ArrayBuffer(3),
    ];
    for (const frame of noise) socket.receive(frame);
    await fixture.settle();
    expect(fixture.events).toEqual([]);
    socket.answer('account.lists', LISTS);
    expect(await request).toMatchObject({ sequence: 1 });
  });

  it('do not keep events from listeners, nor one listener from another', async () => {
    const fixture = await TransportFixture.create();
    const uncaught = vi.fn();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
    const stop = fixture.transport.onEvent(() => {
      throw new Error('a defect of the application');
    });
    const after = vi.fn();
    fixture.transport.onEvent(after);
    const socket = await fixture.online();
    socket.receive({ event: 'account.changed', sequence: 2 });
    stop();
    socket.receive({ event: 'account.changed', sequence: 3 });
    socket.receive({ event: 'pong' });
    await fixture.settle();
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
    expect(fixture.events).toEqual([
      { event: 'account.changed', sequence: 2 },
      { event: 'account.changed', sequence: 3 },
    ]);
    expect(after).toHaveBeenCalledTimes(2);
    expect(uncaught).toHaveBeenCalledOnce();
  });
});
