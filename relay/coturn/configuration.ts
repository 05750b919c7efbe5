import { isLoopback } from '../ip.ts';
import { checkSettings } from './checks.ts';
import { DENIED } from './denied.ts';
import { checkRange, parseRange } from './ranges.ts';
import { ConfigurationRefused } from './refusal.ts';
import type { RelaySettings } from './settings.ts';
import { USER_DATABASE } from './user-database.ts';
import { type Dialect, dialectOf } from './version.ts';

/** Seconds. An allocation whose client has died is gone after so long, and a drain need not wait longer for it. */
const LIFETIME = 600;

type Line = readonly [key: string, value?: string | number];

/**
 * The text of turnserver.conf. An unknown key is only a warning to coturn, and what it does not understand it leaves out: so
 * everything is checked here, and again in what coturn says when it starts.
 *
 * @throws ConfigurationRefused
 */
export function renderConfiguration(settings: RelaySettings): string {
  checkSettings(settings);
  const dialect = dialectOf(settings.version);
  const lines = [...server(settings), ...admission(settings), ...peers(settings), ...ofDialect(dialect)];
  return lines.map((line) => `${renderLine(line, dialect)}\n`).join('');
}

/** The log comes first: what is said before is written to a file. */
function server(settings: RelaySettings): Line[] {
  const { address, publicAddress } = settings;
  return [
    ['log-file', 'stdout'],
    ['simple-log'],
    ['pidfile', `${settings.folder}/turnserver.pid`],
    ['userdb', `${settings.folder}/${USER_DATABASE}`],
    ['no-dynamic-ip-list'],
    ['no-dynamic-realms'],
    ['no-cli'],
    ['no-tls'],
    ['listening-ip', address],
    ['relay-ip', address],
    // Two callers on one relay meet inside coturn by this; it also lets peers at the private address through the list of denied ones.
    ...(publicAddress === address ? [] : [['external-ip', `${publicAddress}/${address}`] as const]),
    ['listening-port', settings.listenPort],
    ['min-port', settings.minPort],
    ['max-port', settings.maxPort],
    ['fingerprint'],
  ];
}

function admission(settings: RelaySettings): Line[] {
  return [
    ['realm', settings.realm],
    ['use-auth-secret'],
    ...settings.secrets.map((secret) => ['static-auth-secret', secret] as const),
    ['stale-nonce', LIFETIME],
    ['max-allocate-lifetime', LIFETIME],
    ['user-quota', settings.userQuota],
    ['total-quota', settings.totalQuota],
    ['max-bps', settings.maxBytesPerSecond],
  ];
}

function peers(settings: RelaySettings): Line[] {
  const ranges = [...DENIED.map(checkRange), ...settings.denied.map(parseRange)];
  return [
    ['no-tcp-relay'],
    ['no-multicast-peers'],
    ...ranges.map(({ first, last }) => ['denied-peer-ip', `${first}-${last}`] as const),
    // Both callers have their relayed addresses here, and here it is a denied one.
    ...(settings.local ? [['allowed-peer-ip', settings.address] as const] : []),
    ...(isLoopback(settings.address) ? [['allow-loopback-peers'] as const] : []),
  ];
}

/** What is on in one generation unless it is switched off, and what only the other one has. */
function ofDialect({ keys }: Dialect): Line[] {
  const wanted = [
    'no-dtls',
    'no-rfc5780',
    'no-software-attribute',
    'no-stun-backward-compatibility',
    'stateless-nonce',
    'unauthorized-ratelimit',
  ];
  return wanted.filter((key) => keys.has(key)).map((key) => [key]);
}

/** One line. White space ends a value or begins another line, and could smuggle in a key. */
export function renderLine([key, value]: Line, { keys }: Dialect): string {
  if (!keys.has(key)) throw new ConfigurationRefused('key-unknown', key);
  if (value === undefined) return key;
  const text = String(value);
  if (!/^[\x21-\x7e]+$/.test(text)) throw new ConfigurationRefused('value-malformed', `the value of ${key}`);
  return `${key}=${text}`;
}
