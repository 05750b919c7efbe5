import { randomBytes } from 'node:crypto';
import type { RelaySettings } from '../../relay/coturn/settings.ts';

export const newSecret = (): string => randomBytes(32).toString('base64url');

/** Settings of a relay on this machine, as the local cloud has them. The ports are for a test that starts nothing. */
export function localSettings(change: Partial<RelaySettings> = {}): RelaySettings {
  return {
    version: '4.6.1',
    address: '127.0.0.1',
    publicAddress: '127.0.0.1',
    local: true,
    listenPort: 3478,
    minPort: 49_152,
    maxPort: 49_352,
    realm: 'sotto',
    secrets: [newSecret()],
    userQuota: 4,
    totalQuota: 100,
    maxBytesPerSecond: 500_000,
    denied: [],
    folder: '/dev/shm/relay-test',
    ...change,
  };
}

/** Settings of a relay on Fargate. The public address is of a range for documentation. */
export function deployedSettings(change: Partial<RelaySettings> = {}): RelaySettings {
  return localSettings({
    version: '4.17.2',
    address: '10.20.0.15',
    publicAddress: '203.0.113.7',
    local: false,
    maxPort: 65_535,
    denied: ['10.20.0.0-10.20.255.255'],
    ...change,
  });
}
