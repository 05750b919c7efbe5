import { ConfigurationRefused } from './refusal.ts';

/** What a generation of coturn understands. */
export interface Dialect {
  readonly keys: ReadonlySet<string>;
  /** Has known holes: it may serve this machine and its network, not the internet. */
  readonly localOnly: boolean;
  /** SIGUSR1 makes it refuse new allocations (403) and end after the last one. The others end at once by that signal. */
  readonly drains: boolean;
}

const COMMON = [
  'allow-loopback-peers',
  'allowed-peer-ip',
  'denied-peer-ip',
  'external-ip',
  'fingerprint',
  'listening-ip',
  'listening-port',
  'log-file',
  'max-allocate-lifetime',
  'max-bps',
  'max-port',
  'min-port',
  'no-cli',
  'no-dynamic-ip-list',
  'no-dynamic-realms',
  'no-multicast-peers',
  'no-tcp-relay',
  'no-tls',
  'pidfile',
  'realm',
  'relay-ip',
  'simple-log',
  'stale-nonce',
  'static-auth-secret',
  'total-quota',
  'use-auth-secret',
  'user-quota',
  'userdb',
];

/** Debian's and Ubuntu's. DTLS, RFC 5780 and the software's name are on unless they are switched off. */
const DEBIAN: Dialect = {
  keys: new Set([...COMMON, 'no-dtls', 'no-rfc5780', 'no-software-attribute', 'no-stun-backward-compatibility']),
  localOnly: true,
  drains: false,
};

/** The deployed one. What DEBIAN switches off is off here, and the switches are gone or deprecated. */
const CURRENT: Dialect = {
  keys: new Set([...COMMON, 'stateless-nonce', 'unauthorized-ratelimit']),
  localOnly: false,
  drains: true,
};

/**
 * The dialect of a version, as coturn prints it.
 *
 * @throws ConfigurationRefused for versions nobody has looked at, and for those that relay nothing: 4.17.0 and 4.17.1 send with TTL 1
 */
export function dialectOf(version: string): Dialect {
  const [major = 0, minor = 0, patch = 0] = (/^\d+\.\d+\.\d+/.exec(version)?.[0] ?? '').split('.').map(Number);
  if (major !== 4) throw new ConfigurationRefused('version-unknown', `coturn ${version}`);
  if (minor === 6 && patch >= 1) return DEBIAN;
  if (minor === 17 && patch < 2) throw new ConfigurationRefused('version-broken', `coturn ${version} sends with TTL 1`);
  if (minor >= 17) return CURRENT;
  throw new ConfigurationRefused('version-unknown', `coturn ${version}`);
}
