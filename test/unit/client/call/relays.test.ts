import { describe, expect, it } from 'vitest';
import { iceServersOf, type NamedRelay } from '../../../../client/call/relays.ts';

const RULES = { ownHost: 'cloud.example', tlsHosts: ['turn.example'] };

type Endpoint = NamedRelay['endpoints'][number];
const named = (...endpoints: Endpoint[]): NamedRelay => ({
  endpoints,
  username: '1800000000:user',
  password: 'secret',
});
const urls = (endpoint: Endpoint, rules = RULES) => iceServersOf([named(endpoint)], rules)[0]?.urls[0];
const udp = (host: string, port = 3478): Endpoint => ({ transport: 'udp', host, port });

describe('relays that a server names', () => {
  it('are taken with their credentials, in their order', () => {
    const relays = [
      named(udp('8.8.4.4'), { transport: 'tcp', host: '8.8.4.4', port: 3478 }),
      named(udp('2600:1F18::9'), { transport: 'tls', host: 'turn.example', port: 443 }),
    ];
    expect(iceServersOf(relays, RULES)).toEqual([
      {
        urls: ['turn:8.8.4.4:3478?transport=udp', 'turn:8.8.4.4:3478?transport=tcp'],
        username: '1800000000:user',
        credential: 'secret',
      },
      {
        urls: ['turn:[2600:1f18::9]:3478?transport=udp', 'turns:turn.example:443?transport=tcp'],
        username: '1800000000:user',
        credential: 'secret',
      },
    ]);
  });

  it.each(
    [
      '0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1',
      '192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255',
      ':: ::1 ::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::808:808 fe80::1 fc00::1 fd12::1 ff02::1 2001::1 2001:db8::1 2001:10::1 2002:808:808::1',
      '3fff::1 3fff:0fff::1 4000::1 8000::1',
      'attacker.example cloud.example localhost 8.8.8 8.8.8.8.8 134744072 0x8080808 010.8.8.8 8.8.8.8.example 8.8.8.8@x [2600::1] 2600::1%lo 2600::1]:1',
    ].flatMap((line) => line.split(' ')),
  )('are refused at %s', (host) => {
    expect(() => urls(udp(host))).toThrow(expect.objectContaining({ code: 'relay-address' }));
    expect(() => urls({ transport: 'tcp', host, port: 3478 })).toThrow(
      expect.objectContaining({ code: 'relay-address' }),
    );
  });

  it.each(
    '1.1.1.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.255 2001:200::1 2001:4860::8 2600::1 3ffe::1 3fff:1000::1'.split(
      ' ',
    ),
  )('are taken at %s', (host) => {
    expect(urls(udp(host))).toContain('turn:');
  });

  it('are refused at another port', () => {
    for (const port of [53, 80, 443, 3479, 5349]) {
      expect(() => urls(udp('8.8.8.8', port))).toThrow(expect.objectContaining({ code: 'relay-port' }));
    }
    expect(() => urls({ transport: 'tls', host: 'turn.example', port: 3478 })).toThrow(
      expect.objectContaining({ code: 'relay-port' }),
    );
  });

  it.each([
    'attacker.example',
    'xturn.example',
    'turn.example.attacker.example',
    'TURN.example',
    '8.8.8.8',
  ])('are refused under the name %s, which the application does not know', (host) => {
    expect(() => urls({ transport: 'tls', host, port: 443 })).toThrow(expect.objectContaining({ code: 'relay-name' }));
  });

  it('may have a name that the application does without', () => {
    const relay = named(udp('8.8.8.8'), { transport: 'tls', host: 'elsewhere.example', port: 443 });
    expect(iceServersOf([relay], RULES)[0]?.urls).toEqual(['turn:8.8.8.8:3478?transport=udp']);
  });

  it('are all refused for one of them', () => {
    expect(() => iceServersOf([named(udp('8.8.8.8')), named(udp('8.8.8.8'), udp('10.0.0.1'))], RULES)).toThrow();
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', 'turn:127.0.0.1:40123?transport=udp'],
    ['192.168.1.5', '192.168.1.5', 'turn:192.168.1.5:40123?transport=udp'],
    ['[::1]', '::1', 'turn:[::1]:40123?transport=udp'],
  ])('are taken at any port of the endpoint itself, when that is %s', (ownHost, host, url) => {
    expect(urls(udp(host, 40123), { ...RULES, ownHost })).toBe(url);
    expect(() => urls(udp('127.0.0.2', 40123), { ...RULES, ownHost })).toThrow();
  });
});
