import { ProtocolError } from '../../shared/protocol/errors.ts';
import { RELAY_RENEWAL_MS } from '../../shared/protocol/limits.ts';
import type { Relay, RelayEndpoint } from '../../shared/protocol/relay.ts';
import type { RelayChoices } from '../../shared/store/relay-choice.ts';
import type { RelayRecord } from '../../shared/store/relay-items.ts';
import type { RelayLeases } from '../../shared/store/relay-leases.ts';
import type { RelaySecret, RelaySecrets } from '../../shared/store/relay-secrets.ts';
import { isUsable, type RelayRegistry } from '../../shared/store/relays.ts';
import { turnCredentials } from '../../shared/store/turn-credentials.ts';
import { chooseRelays } from './choose.ts';
import type { RelaySource } from './credentials.ts';

/** A relay is up half a minute to a minute after it was asked for. */
const RETRY_MS = 5_000;
/** Both parties and their repetitions: more than three of them do not get in each other's way. */
const ATTEMPTS = 3;

export interface FleetWith {
  readonly registry: Pick<RelayRegistry, 'list'>;
  readonly choices: RelayChoices;
  readonly leases: Pick<RelayLeases, 'renew'>;
  readonly secrets: RelaySecrets;
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Asks for a relay where none runs; only for fleets that may stand at none. Repeating it is harmless. */
  readonly start?: () => Promise<void>;
}

interface Usable {
  readonly record: RelayRecord;
  readonly secret: RelaySecret;
}

/**
 * Relays of the deployment's own. The choice for a call is written before it is told, and only if it still is what was read, so both
 * parties get the same. A lease of each relay is written before its credentials are handed out: from then on a drain is told.
 */
export function fleetRelays(given: FleetWith): RelaySource {
  return async (call, connection) => {
    const chosen = await settle(call, given);
    if (chosen.length === 0) {
      await given.start?.();
      return { status: 'starting', relays: [], retryAfter: RETRY_MS };
    }
    await Promise.all(chosen.map(({ record }) => given.leases.renew(record.relay, connection)));
    return { status: 'ready', relays: chosen.map((one) => handOut(one, given.now())) };
  };
}

/** The relays of a call, as they are written; none when none may be handed out. @throws ProtocolError `unavailable` when others kept changing them */
async function settle(call: Uint8Array, given: FleetWith): Promise<Usable[]> {
  const { choices, now, random } = given;
  let choice = await choices.read(call);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // After the choice: a relay that it names was registered before, and is not mistaken for one that has gone.
    const usable = await usableRelays(given);
    if (usable.length === 0) return [];
    const byName = new Map(usable.map((one) => [one.record.relay, one]));
    const kept = (choice?.relays ?? []).flatMap((name) => byName.get(name)?.record ?? []);
    const wanted = chooseRelays(
      kept,
      usable.map(({ record }) => record),
      random,
    ).map(({ relay }) => relay);
    // An hour's call renews its choice every five minutes, and so keeps its relay.
    const lasts = choice !== undefined && choice.expires - now() > 2 * RELAY_RENEWAL_MS;
    if (!lasts || !isSame(choice?.relays, wanted)) choice = await choices.settle(call, choice?.relays, wanted);
    if (isSame(choice?.relays, wanted)) return wanted.flatMap((name) => byName.get(name) ?? []);
  }
  throw new ProtocolError('unavailable');
}

/** Relays that may be handed out, each with the newest secret that it takes credentials of. */
async function usableRelays({ registry, secrets, now }: FleetWith): Promise<Usable[]> {
  const [records, known] = await Promise.all([registry.list(), secrets.list()]);
  return records.flatMap((record) => {
    const secret = known.find(({ id }) => record.secrets.includes(id));
    return secret && isUsable(record, now()) ? [{ record, secret }] : [];
  });
}

function handOut({ record, secret }: Usable, now: number): Relay {
  return { relay: record.relay, endpoints: endpointsOf(record), ...turnCredentials(secret.value, now) };
}

function endpointsOf({ address, ports, tlsHost }: RelayRecord): RelayEndpoint[] {
  const { udp, tcp, tls } = ports;
  return [
    { transport: 'udp', host: address, port: udp },
    { transport: 'tcp', host: address, port: tcp },
    ...(tls === undefined || tlsHost === undefined ? [] : [{ transport: 'tls' as const, host: tlsHost, port: tls }]),
  ];
}

function isSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && one.every((name, i) => name === other[i]);
}
