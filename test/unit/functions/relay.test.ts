import { describe, expect, it } from 'vitest';
import { chooseRelays } from '../../../functions/relay/choose.ts';
import { fleetRelays } from '../../../functions/relay/fleet.ts';
import type { RelayChoice } from '../../../shared/store/relay-choice.ts';
import type { RelayRecord } from '../../../shared/store/relay-items.ts';

const NOW = 1_800_000_000_000;
const CALL = new Uint8Array(16);

const relay = (name: string, zone = 'a', load = 0): RelayRecord => ({
  relay: name,
  state: 'active',
  address: '192.0.2.7',
  ports: { udp: 3478, tcp: 3478 },
  zone,
  heartbeat: NOW,
  started: NOW,
  load,
  secrets: ['00000000'],
});
const namesOf = (relays: readonly RelayRecord[]) => relays.map((one) => one.relay);

/** How often each relay comes first, of a thousand calls at even distances. */
function shares(relays: readonly RelayRecord[]): Record<string, number> {
  const found = Object.fromEntries(relays.map((one) => [one.relay, 0]));
  for (let i = 0; i < 1_000; i++) {
    const [first] = namesOf(chooseRelays([], relays, () => i / 1_000));
    found[first ?? ''] = (found[first ?? ''] ?? 0) + 1;
  }
  return found;
}

describe('the choice of relays', () => {
  it('gives each relay calls in proportion to what it can still carry', () => {
    expect(shares([relay('idle', 'a', 0), relay('half', 'a', 50), relay('busy', 'b', 90)])).toEqual({
      idle: 625,
      half: expect.toSatisfy((share: number) => Math.abs(share - 312.5) < 1),
      busy: expect.toSatisfy((share: number) => Math.abs(share - 62.5) < 1),
    });
  });

  it('gives a full relay no call while another is not full', () => {
    expect(shares([relay('full', 'a', 100), relay('free', 'a', 99)])).toEqual({ full: 0, free: 1_000 });
    expect(shares([relay('full', 'a', 100), relay('full too', 'a', 100)])).toEqual({ full: 500, 'full too': 500 });
  });

  it.each([
    ['none', [], []],
    ['one', [relay('one')], ['one']],
    ['two of a zone', [relay('one'), relay('two')], ['one', 'two']],
    [
      'another zone, which comes before the same one',
      [relay('one'), relay('two'), relay('far', 'b', 99)],
      ['one', 'far'],
    ],
  ])('of %s', (_name, usable, expected) => {
    expect(namesOf(chooseRelays([], usable, () => 0))).toEqual(expected);
  });

  it('keeps what the call has, and fills up behind it', () => {
    const all = [relay('one'), relay('two', 'b'), relay('three', 'c')];
    const [one, two, three] = all as [RelayRecord, RelayRecord, RelayRecord];
    expect(namesOf(chooseRelays([three, two], all, () => 0))).toEqual(['three', 'two']);
    expect(namesOf(chooseRelays([two], all, () => 0))).toEqual(['two', 'one']);
    expect(namesOf(chooseRelays([one], all, () => 0.999))).toEqual(['one', 'three']);
  });
});

describe('relays of a fleet', () => {
  /** A fleet whose choice somebody else changes before each of these attempts to write it. */
  function fleet(relays: readonly RelayRecord[], { choice, others = [] }: { choice?: RelayChoice; others?: string[] }) {
    const written: { previous: readonly string[] | undefined; wanted: readonly string[] }[] = [];
    const started: number[] = [];
    const left = [...others];
    const source = fleetRelays({
      registry: { list: async () => [...relays] },
      choices: {
        read: async () => choice,
        settle: async (_call, previous, wanted) => {
          written.push({ previous, wanted });
          const other = left.shift();
          return { relays: other === undefined ? wanted : [other], expires: NOW + 900_000 };
        },
      },
      leases: { renew: async () => {} },
      secrets: { list: async () => [{ id: '00000000', value: 'x'.repeat(43) }] },
      now: () => NOW,
      random: () => 0,
      start: async () => void started.push(1),
    });
    return { ask: () => source(CALL, 'a connection'), written, started };
  }

  it('are started when there is none, and nothing is chosen', async () => {
    const none = fleet([], {});
    expect(await none.ask()).toEqual({ status: 'starting', relays: [], retryAfter: 5_000 });
    expect([none.started, none.written]).toEqual([[1], []]);
    const one = fleet([relay('one')], {});
    expect((await one.ask()).status).toBe('ready');
    expect(one.started).toEqual([]);
  });

  it('are chosen without a write when the choice stands and lasts, and written again when it does not last', async () => {
    const lasting = fleet([relay('one')], { choice: { relays: ['one'], expires: NOW + 600_001 } });
    await lasting.ask();
    expect(lasting.written).toEqual([]);
    const ending = fleet([relay('one')], { choice: { relays: ['one'], expires: NOW + 600_000 } });
    await ending.ask();
    expect(ending.written).toEqual([{ previous: ['one'], wanted: ['one'] }]);
  });

  it('are the other party’s when that was first, and nobody’s when it goes on', async () => {
    const [one, two] = [relay('one'), relay('two')];
    const beaten = fleet([one, two], { others: ['two'] });
    expect((await beaten.ask()).relays.map((given) => given.relay)).toEqual(['two', 'one']);
    expect(beaten.written.map(({ previous }) => previous)).toEqual([undefined, ['two']]);
    const hopeless = fleet([one], { others: ['x', 'y', 'z'] });
    await expect(hopeless.ask()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
