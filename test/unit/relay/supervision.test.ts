import { describe, expect, it } from 'vitest';
import { parseDevice, parseDropped, parseProcessor } from '../../../relay/machine/counters.ts';
import { parseUdpSockets } from '../../../relay/machine/sockets.ts';
import { DrainOrder } from '../../../relay/supervisor/drain-order.ts';
import { EnvironmentError, readEnvironment } from '../../../relay/supervisor/environment.ts';
import { EXITS } from '../../../relay/supervisor/exits.ts';
import { loadBetween } from '../../../relay/supervisor/load.ts';
import { guard } from '../../../relay/supervisor/protection.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;

describe('the load of a relay', () => {
  const idle = { received: 0, sent: 0, dropped: 0, processor: 0 };
  const capacity = { totalQuota: 400, baselineMbit: 510, processors: 1 };
  const loadAfter = (change: Partial<typeof idle>, allocations = 0) =>
    loadBetween(capacity, { at: 0, counters: idle }, { at: 10_000, counters: { ...idle, ...change } }, allocations);

  it('is the highest of allocations, bandwidth and processor', () => {
    expect(loadAfter({}, 100).load).toBe(25);
    // 255 Mbit/s for ten seconds, in the busier direction.
    expect(loadAfter({ sent: (255e6 / 8) * 10, received: 1000 }, 100)).toMatchObject({ load: 50, megabits: 255 });
    expect(loadAfter({ processor: 8_000 }, 100)).toMatchObject({ load: 80, processor: 80 });
  });

  it('is never above 100, and survives counters that begin anew', () => {
    expect(loadAfter({ processor: 80_000 }).load).toBe(100);
    const before = { at: 0, counters: { received: 5, sent: 5, dropped: 5, processor: 5 } };
    expect(loadBetween(capacity, before, { at: 10_000, counters: idle }, 0)).toEqual({
      load: 0,
      allocations: 0,
      megabits: 0,
      processor: 0,
      dropped: 0,
    });
  });
});

describe('protection from ECS', () => {
  function guarded() {
    const clock = new ManualClock(0);
    const asked: number[] = [];
    const protection = { protect: async (minutes: number) => void asked.push(minutes) };
    return { clock, asked, update: guard(protection, () => clock.now()).update };
  }

  const active = { allocations: 0, registered: true, drainingSince: undefined };

  it('is for as long as the relay may be handed out, with calls or without, in slices', async () => {
    const { clock, asked, update } = guarded();
    await update(active);
    await update({ ...active, allocations: 3 });
    expect(asked).toEqual([15]);
    clock.advance(5 * MINUTE);
    await update({ ...active, allocations: 3 });
    expect(asked).toEqual([15, 15]);
    clock.advance(5 * MINUTE);
    await update(active);
    expect(asked).toEqual([15, 15, 15]);
  });

  it('ends when a relay that drains is empty, and not before', async () => {
    const { clock, asked, update } = guarded();
    await update(active);
    clock.advance(5 * MINUTE);
    await update({ allocations: 1, registered: true, drainingSince: clock.now() });
    expect(asked).toEqual([15, 15]);
    await update({ allocations: 0, registered: true, drainingSince: 0 });
    await update({ allocations: 0, registered: true, drainingSince: 0 });
    expect(asked).toEqual([15, 15, 0]);
  });

  it('of a relay that is not in the table runs out, unless it carries calls', async () => {
    const { clock, asked, update } = guarded();
    await update(active);
    clock.advance(5 * MINUTE);
    await update({ ...active, registered: false });
    expect(asked).toEqual([15]);
    await update({ ...active, registered: false, allocations: 1 });
    expect(asked).toEqual([15, 15]);
  });

  it('does not reach beyond an hour after the drain began', async () => {
    const { clock, asked, update } = guarded();
    let lastUntil = 0;
    for (let minute = 0; minute < 120; minute++) {
      const before = asked.length;
      await update({ allocations: 1, registered: true, drainingSince: 0 });
      if (asked.length > before) lastUntil = clock.now() + 15 * MINUTE;
      clock.advance(MINUTE);
    }
    expect(lastUntil).toBe(60 * MINUTE);
  });

  it('is asked for again when ECS did not do it', async () => {
    let calls = 0;
    const refusing = {
      protect: () => {
        calls++;
        return Promise.reject(new Error('no'));
      },
    };
    const { update } = guard(refusing, () => 0);
    await expect(update(active)).rejects.toThrow();
    await expect(update(active)).rejects.toThrow();
    expect(calls).toBe(2);
  });
});

describe('an order to drain', () => {
  it('can be shortened, and not put off', () => {
    const clock = new ManualClock(0);
    const order = new DrainOrder(clock);
    expect(order.since).toBeUndefined();
    order.give(60 * MINUTE);
    clock.advance(MINUTE);
    order.give(110_000);
    order.give(60 * MINUTE);
    expect(order.since).toBe(0);
    clock.advance(109_999);
    expect(order.isOver).toBe(false);
    clock.advance(1);
    expect(order.isOver).toBe(true);
  });
});

describe('what the kernel tells', () => {
  it('of UDP sockets', () => {
    const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 9165: 0100007F:B26E 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 65202 2 00000000d0cc5d7a 0
 9166: 0F00140A:C001 08080808:0035 01 00000000:00000000 00:00000000 00000000     0        0 65203 2 0000000000000000 0
`;
    expect(parseUdpSockets(text)).toEqual([
      { address: '127.0.0.1', port: 0xb26e, connected: false, inode: '65202' },
      { address: '10.20.0.15', port: 0xc001, connected: true, inode: '65203' },
    ]);
  });

  it('of an interface, of dropped packets, and of a process whose name is a trap', () => {
    expect(parseDevice('  lo: 1 2 0 0 0 0 0 0 3 4\neth1:10 2 0 0 0 0 0 0 30 4', 'eth1')).toEqual({
      received: 10,
      sent: 30,
    });
    expect(parseDropped('Udp: InDatagrams NoPorts RcvbufErrors\nUdp: 514 0 7\nUdpLite: 1 2 3')).toBe(7);
    expect(parseProcessor(`7 (a) R 9) S ${Array.from({ length: 10 }, () => 0).join(' ')} 12 30 0`)).toBe(420);
    expect(parseProcessor('')).toBe(0);
  });
});

describe('the environment', () => {
  it('is refused with the names of what is wrong, and without values', () => {
    const read = () => readEnvironment({ RELAY_REALM: 'a b', RELAY_LISTEN_PORT: '70000', SOTTO_STAGE: 'dev' });
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(/RELAY_LISTEN_PORT.*RELAY_REALM|RELAY_REALM.*RELAY_LISTEN_PORT/);
    expect(read).not.toThrow(/70000|a b|SOTTO_STAGE/);
  });
});

it('gives every ending a code of its own', () => {
  expect(new Set(Object.values(EXITS)).size).toBe(Object.keys(EXITS).length);
});
