import { type Item, L, list, M, map, N, number, numberIn, S, text } from './items.ts';

/** `draining`: takes no new calls and ends soon. It never becomes active again. */
export type RelayState = 'active' | 'draining';

/** Ports on the relay's address; `tls` only where there is a certificate, for `tlsHost`. */
export interface RelayPorts {
  readonly udp: number;
  readonly tcp: number;
  readonly tls?: number;
}

/** One running relay, as it describes itself. */
export interface RelayRecord {
  /** The task's id, or a local name. */
  readonly relay: string;
  readonly state: RelayState;
  /** Public IPv4 address. */
  readonly address: string;
  readonly ports: RelayPorts;
  readonly tlsHost?: string;
  /** Availability zone: relays of different zones do not fail together. */
  readonly zone: string;
  /** When it was last heard of, and when it started; milliseconds since 1970. */
  readonly heartbeat: number;
  readonly started: number;
  /** Percent of what it can carry, 0 to 100: the highest of allocations, bandwidth and processor. */
  readonly load: number;
  /** Ids of the secrets that it takes credentials of, newest first. */
  readonly secrets: readonly string[];
}

export function relayKey(fleet: string, relay: string): Item {
  return { fleet: S(fleet), relay: S(relay) };
}

/** All but the key and `expires`. */
export function relayAttributes(record: RelayRecord): Item {
  const { udp, tcp, tls } = record.ports;
  return {
    state: S(record.state),
    address: S(record.address),
    ports: M({ udp: N(udp), tcp: N(tcp), ...(tls === undefined ? {} : { tls: N(tls) }) }),
    ...(record.tlsHost === undefined ? {} : { tlsHost: S(record.tlsHost) }),
    zone: S(record.zone),
    heartbeat: N(record.heartbeat),
    started: N(record.started),
    load: N(record.load),
    secrets: L(record.secrets.map(S)),
  };
}

/** @throws MalformedItemError */
export function readRelay(item: Item): RelayRecord {
  const ports = map(item.ports);
  const tls = numberIn(ports, 'tls');
  return {
    relay: text(item, 'relay'),
    state: readState(item),
    address: text(item, 'address'),
    ports: { udp: number(ports, 'udp'), tcp: number(ports, 'tcp'), ...(tls === undefined ? {} : { tls }) },
    ...(item.tlsHost === undefined ? {} : { tlsHost: text(item, 'tlsHost') }),
    zone: text(item, 'zone'),
    heartbeat: number(item, 'heartbeat'),
    started: number(item, 'started'),
    load: number(item, 'load'),
    secrets: list(item, 'secrets').map((value) => text({ value }, 'value')),
  };
}

/** Anything but `active` is draining: a relay that this code does not understand gets no calls. */
export function readState(item: Item): RelayState {
  return text(item, 'state') === 'active' ? 'active' : 'draining';
}
