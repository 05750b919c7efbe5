import { addressBytes, isLoopback } from '../ip.ts';
import { ConfigurationRefused, type RefusalCode } from './refusal.ts';
import type { RelaySettings } from './settings.ts';
import { dialectOf } from './version.ts';

/** As the server accepts them; the shortest has 190 bits. */
const SECRET = /^[A-Za-z0-9_-]{32,128}$/;

/** Random text of that length has some 25 different characters; `aaaa…` and other placeholders do not. */
const DISTINCT = 16;

/**
 * Everything about the settings that coturn would accept and should not.
 *
 * @throws ConfigurationRefused
 */
export function checkSettings(settings: RelaySettings): void {
  const refuse = (code: RefusalCode, message: string): never => {
    throw new ConfigurationRefused(code, message);
  };
  if (dialectOf(settings.version).localOnly && !settings.local)
    refuse('version-local-only', `coturn ${settings.version} has known holes`);

  for (const address of [settings.address, settings.publicAddress]) {
    if (addressBytes(address)?.length !== 4 || address === '0.0.0.0')
      refuse('address-malformed', `${address || 'nothing'} is not one IPv4 address`);
  }
  if (
    isLoopback(settings.address) !== isLoopback(settings.publicAddress) ||
    (isLoopback(settings.address) && !settings.local)
  )
    refuse('loopback-peers', 'a loopback address is for the local relay only');

  const { listenPort, minPort, maxPort } = settings;
  const ports = [listenPort, minPort, maxPort];
  if (!ports.every((port) => isCount(port) && port < 65_536) || minPort < 1024 || minPort >= maxPort)
    refuse('port-range', `${listenPort}, ${minPort}-${maxPort}`);
  if (listenPort >= minPort && listenPort <= maxPort) refuse('port-range', 'the listening port is a relayed one');

  if (settings.secrets.length === 0) refuse('secret-missing', 'without a secret everybody is admitted');
  if (settings.secrets.length > 2) refuse('secret-weak', 'more than two secrets');
  if (!settings.secrets.every((secret) => SECRET.test(secret) && new Set(secret).size >= DISTINCT))
    refuse('secret-weak', 'a secret is not long random text');

  const limits = [settings.userQuota, settings.totalQuota, settings.maxBytesPerSecond];
  if (!limits.every(isCount)) refuse('quota-missing', 'to coturn a limit of 0 means none');
  if (settings.userQuota > settings.totalQuota || settings.totalQuota > maxPort - minPort)
    refuse('quota-missing', 'a quota that another limit makes void');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
