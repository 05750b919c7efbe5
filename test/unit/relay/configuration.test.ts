import { describe, expect, it } from 'vitest';
import { renderConfiguration, renderLine } from '../../../relay/coturn/configuration.ts';
import { ConfigurationRefused } from '../../../relay/coturn/refusal.ts';
import type { RelaySettings } from '../../../relay/coturn/settings.ts';
import { dialectOf } from '../../../relay/coturn/version.ts';
import { deployedSettings, localSettings, newSecret } from '../../support/relay-settings.ts';

const linesOf = (settings: RelaySettings): string[] => renderConfiguration(settings).trimEnd().split('\n');

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationRefused) return error.code;
    throw error;
  }
  return 'written';
}

describe('the configuration of coturn', () => {
  it('logs to stdout from its first line on, because what comes before goes to a file', () => {
    expect(linesOf(deployedSettings())[0]).toBe('log-file=stdout');
  });

  it('has what keeps a deployed relay closed', () => {
    const secrets = [newSecret(), newSecret()];
    const lines = linesOf(deployedSettings({ secrets }));
    expect(lines).toEqual(
      expect.arrayContaining([
        'listening-ip=10.20.0.15',
        'relay-ip=10.20.0.15',
        'external-ip=203.0.113.7/10.20.0.15',
        'use-auth-secret',
        ...secrets.map((secret) => `static-auth-secret=${secret}`),
        'user-quota=4',
        'total-quota=100',
        'max-bps=500000',
        'no-tcp-relay',
        'no-multicast-peers',
        'no-cli',
        'no-tls',
        'unauthorized-ratelimit',
        'stateless-nonce',
        'denied-peer-ip=169.254.0.0-169.254.255.255',
        'denied-peer-ip=10.20.0.0-10.20.255.255',
      ]),
    );
  });

  it('never turns on what opens it', () => {
    const text = renderConfiguration(deployedSettings());
    expect(text).not.toMatch(/^(mobility|verbose|Verbose|cli|server-relay|no-auth|allow[^=]*|user|web-admin)(=|$)/m);
    expect(text).not.toMatch(/^prometheus/m);
  });

  it('writes for each version only the keys it knows', () => {
    for (const settings of [localSettings(), deployedSettings()]) {
      const { keys } = dialectOf(settings.version);
      for (const line of linesOf(settings)) expect(keys).toContain(line.split('=')[0]);
    }
    expect(linesOf(localSettings())).toContain('no-dtls');
    expect(linesOf(deployedSettings())).not.toContain('no-dtls');
  });

  it('lets loopback peers in only where the relay is on loopback, and then only its own address', () => {
    const lines = linesOf(localSettings());
    expect(lines).toContain('allow-loopback-peers');
    expect(lines.filter((line) => line.startsWith('allowed-peer-ip'))).toEqual(['allowed-peer-ip=127.0.0.1']);
    const onNetwork = linesOf(localSettings({ address: '192.168.1.4', publicAddress: '192.168.1.4' }));
    expect(onNetwork).not.toContain('allow-loopback-peers');
  });

  it.each<[string, Partial<RelaySettings>]>([
    ['version-broken', { version: '4.17.0' }],
    ['version-broken', { version: '4.17.1' }],
    ['version-unknown', { version: '4.16.0' }],
    ['version-unknown', { version: '4.6.0' }],
    ['version-unknown', { version: '5.0.0' }],
    ['version-unknown', { version: '' }],
    ['version-local-only', { version: '4.6.1' }],
    ['secret-missing', { secrets: [] }],
    ['secret-weak', { secrets: [newSecret(), newSecret(), newSecret()] }],
    ['secret-weak', { secrets: ['north'] }],
    ['secret-weak', { secrets: ['a'.repeat(43)] }],
    ['secret-weak', { secrets: [newSecret(), ''] }],
    ['secret-weak', { secrets: [`${newSecret()}\nno-auth`] }],
    ['quota-missing', { userQuota: 0 }],
    ['quota-missing', { totalQuota: 0 }],
    ['quota-missing', { totalQuota: Number.NaN }],
    ['quota-missing', { maxBytesPerSecond: 0 }],
    ['quota-missing', { maxBytesPerSecond: -1 }],
    ['quota-missing', { userQuota: 101 }],
    ['quota-missing', { totalQuota: 60_000, userQuota: 4, minPort: 49_152, maxPort: 65_535 }],
    ['value-malformed', { realm: 'sotto\nno-auth' }],
    ['value-malformed', { realm: 'sotto\rno-auth' }],
    ['value-malformed', { realm: 'a b' }],
    ['value-malformed', { realm: '' }],
    ['value-malformed', { folder: '/run/relay\nallowed-peer-ip=10.0.0.1' }],
    ['address-malformed', { address: '0.0.0.0' }],
    ['address-malformed', { address: '10.20.0.15\nno-auth' }],
    ['address-malformed', { address: '::1' }],
    ['address-malformed', { publicAddress: '' }],
    ['address-malformed', { publicAddress: 'relay.example.org' }],
    ['loopback-peers', { address: '127.0.0.1' }],
    ['loopback-peers', { address: '127.0.0.1', publicAddress: '127.0.0.1' }],
    ['port-range', { minPort: 65_535, maxPort: 49_152 }],
    ['port-range', { minPort: 80 }],
    ['port-range', { listenPort: 50_000 }],
    ['port-range', { listenPort: 0 }],
    ['range-cidr', { denied: ['10.0.0.0/8'] }],
    ['range-cidr', { denied: ['10.0.0.0/8-10.0.0.1'] }],
    ['range-malformed', { denied: ['10.0.0.1'] }],
    ['range-malformed', { denied: [''] }],
    ['range-malformed', { denied: ['10.0.0.1-10.0.0.2-10.0.0.3'] }],
    ['range-malformed', { denied: ['10.0.0.1-internal'] }],
    ['range-malformed', { denied: ['10.0.0.1-10.0.0.2\nno-auth'] }],
    ['range-malformed', { denied: ['fe80::1%eth0-fe80::2%eth0'] }],
    ['range-unspecified', { denied: ['::-::ffff'] }],
    ['range-unspecified', { denied: ['::-::'] }],
    ['range-unspecified', { denied: ['0:0:0:0:0:0:0:0-::0.0.0.9'] }],
    ['range-family', { denied: ['10.0.0.0-::ffff:10.255.255.255'] }],
    ['range-order', { denied: ['10.255.255.255-10.0.0.0'] }],
    ['range-order', { denied: ['fdff::-fc00::'] }],
    ['range-unaligned', { denied: ['fd00::10-fd00::1:5'] }],
  ])('is refused with %s: %o', (code, change) => {
    expect(codeOf(() => renderConfiguration(deployedSettings(change)))).toBe(code);
  });

  it('refuses a key that the version does not know: coturn would only warn', () => {
    expect(codeOf(() => renderLine(['unauthorized-ratelimit'], dialectOf('4.6.1')))).toBe('key-unknown');
    expect(codeOf(() => renderLine(['no-such-key', 1], dialectOf('4.17.2')))).toBe('key-unknown');
    expect(renderLine(['unauthorized-ratelimit'], dialectOf('4.18.0'))).toBe('unauthorized-ratelimit');
  });

  it('names no secret when it refuses', () => {
    const secret = `${newSecret()}!`;
    expect(() => renderConfiguration(deployedSettings({ secrets: [secret] }))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});
