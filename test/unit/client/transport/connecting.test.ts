import { describe, expect, it } from 'vitest';
import { backoff, TIMINGS } from '../../../../client/transport/timings.ts';
import { refuseTicket } from '../../../../shared/trust/ticket.ts';
import { connectKey, DEVICE, deviceTicketOf, ENDPOINT, TransportFixture } from '../../../support/transport-fixture.ts';

const MINUTE = 60_000;

describe('connecting', () => {
  it('offers the subprotocol and a ticket of the device for this endpoint, in this order', async () => {
    const { platform } = await TransportFixture.create();
    const { url, protocols } = await platform.socket(0);
    expect([url, protocols[0], protocols.length]).toEqual([ENDPOINT, 'sotto.v1', 2]);
    const [first] = platform.sockets;
    if (!first) throw new Error('no socket');
    const ticket = deviceTicketOf(first);
    const { account, device, registration } = DEVICE;
    expect(ticket).toMatchObject({ account, device, registration });
    expect(refuseTicket(ticket, connectKey, ENDPOINT, platform.now())).toBeUndefined();
    expect(refuseTicket(ticket, connectKey, `${ENDPOINT}/`, platform.now())).toBe('ticket-signature');
  });

  it('never uses a ticket number twice: not after a restart, not with the clock set back, not for two transports at once', async () => {
    const fixture = await TransportFixture.create();
    const { platform } = fixture;
    await platform.socket(0);
    platform.setBack(1_000_000);
    fixture.transport.close();
    fixture.start();
    await platform.socket(1);
    fixture.start();
    fixture.start();
    await platform.socket(3);
    const numbers = platform.sockets.map((socket) => deviceTicketOf(socket).number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers[0]).toBe(1_800_000_000_000);
  });

  it('has stored the number of a ticket before the ticket is used', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.platform.socket(0);
    const stored = await fixture.store.get('transport', { group: 'ticket-number' });
    const number = new DataView((stored ?? new Uint8Array()).buffer).getBigUint64(0);
    expect(number).toBe(BigInt(deviceTicketOf(socket).number));
  });

  it('tries again when the number of a ticket cannot be stored, and opens nothing meanwhile', async () => {
    const fixture = await TransportFixture.create();
    await fixture.online();
    await fixture.store.close();
    fixture.platform.sockets[0]?.drop();
    fixture.platform.advance(10 * MINUTE);
    await new Promise(setImmediate);
    expect(fixture.platform.sockets.length).toBe(1);
    expect(fixture.transport.state.kind).toBe('offline');
  });

  it('tells its states', async () => {
    const fixture = await TransportFixture.create();
    expect(fixture.transport.state).toEqual({ kind: 'connecting' });
    (await fixture.online()).drop();
    const retryAt = fixture.platform.now() + 2_000;
    expect(fixture.transport.state).toEqual({ kind: 'offline', retryAt });
    await fixture.advance(2_000);
    fixture.platform.sockets[1]?.accept();
    await fixture.settle();
    fixture.transport.close();
    const kinds = fixture.states.map(({ kind }) => kind);
    expect(kinds).toEqual(['online', 'offline', 'connecting', 'online', 'stopped']);
  });

  it('treats a connection without our subprotocol as none', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.platform.socket(0);
    socket.accept('');
    await fixture.settle();
    expect(socket.closedByClient).toBe(true);
    expect(fixture.transport.state.kind).toBe('offline');
  });

  it('gives up on a connection that does not open in time', async () => {
    const fixture = await TransportFixture.create();
    const socket = await fixture.platform.socket(0);
    await fixture.advance(TIMINGS.connect - 1);
    expect(fixture.transport.state.kind).toBe('connecting');
    await fixture.advance(1);
    expect(socket.closedByClient).toBe(true);
    expect(fixture.transport.state.kind).toBe('offline');
  });

  it('waits by full jitter: from nothing to a bound that doubles up to a cap', () => {
    const bounds = [0, 1, 2, 3, 4, 5, 6, 60].map((failures) => backoff(failures, 1, TIMINGS));
    expect(bounds).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    expect(backoff(5, 0, TIMINGS)).toBe(0);
    expect(backoff(5, 0.25, TIMINGS)).toBe(15_000);
  });

  it('waits longer after each failure, and begins anew after a connection that lasted', async () => {
    const fixture = await TransportFixture.create();
    const { platform, transport } = fixture;
    platform.chance = 1;
    const waits: number[] = [];
    const fail = async () => {
      platform.openSockets.at(-1)?.drop();
      await fixture.settle();
      // Every second failure asks as a guest, who finds the network down as well.
      platform.openSockets.at(-1)?.drop();
      await fixture.settle();
      if (transport.state.kind !== 'offline') throw new Error('not offline');
      const wait = transport.state.retryAt - platform.now();
      waits.push(wait);
      const before = platform.sockets.length;
      await fixture.advance(wait - 1);
      expect(platform.sockets.length).toBe(before);
      await fixture.advance(1);
      expect(platform.sockets.length).toBe(before + 1);
    };
    await platform.socket(0);
    for (let i = 0; i < 5; i++) await fail();
    // Opens and drops at once: counts as a failure.
    platform.openSockets.at(-1)?.accept();
    await fixture.settle();
    await fail();
    platform.openSockets.at(-1)?.accept();
    await fixture.settle();
    await fixture.advance(TIMINGS.stable);
    await fail();
    expect(waits).toEqual([4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 2_000]);
  });

  it('tries at once when the network or the person comes back', async () => {
    for (const hint of ['online', 'foreground'] as const) {
      const fixture = await TransportFixture.create();
      (await fixture.online()).drop();
      fixture.platform.hint('offline');
      await fixture.settle();
      expect(fixture.platform.sockets.length).toBe(1);
      fixture.platform.hint(hint);
      await fixture.settle();
      expect(fixture.platform.sockets.length).toBe(2);
    }
  });

  it('tries only now and then while the machine says it has no network, because that may be wrong', async () => {
    const fixture = await TransportFixture.create();
    fixture.platform.online = false;
    fixture.platform.chance = 0;
    (await fixture.online()).drop();
    await fixture.advance(TIMINGS.backoffCap - 1);
    expect(fixture.platform.sockets.length).toBe(1);
    await fixture.advance(1);
    expect(fixture.platform.sockets.length).toBe(2);
  });

  it('makes one attempt at a time, however often it is told to', async () => {
    const fixture = await TransportFixture.create();
    fixture.transport.reconnect();
    await fixture.platform.socket(0);
    fixture.transport.reconnect();
    fixture.platform.hint('online');
    await fixture.settle();
    expect(fixture.platform.sockets.length).toBe(1);
    fixture.platform.sockets[0]?.accept();
    await fixture.settle();
    fixture.transport.reconnect();
    await fixture.settle();
    expect(fixture.platform.sockets.length).toBe(1);
  });

  it('refuses an endpoint that is no address', async () => {
    const { store, platform } = await TransportFixture.create();
    const { Transport } = await import('../../../../client/transport/transport.ts');
    expect(() => new Transport({ endpoint: 'sotto', device: DEVICE, store, platform })).toThrow(TypeError);
  });
});
