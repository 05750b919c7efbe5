import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TurnClient } from '../../../relay/turn/client.ts';
import { ATTRIBUTE, TRANSPORT } from '../../../relay/turn/types.ts';
import { answerTo, RelayCoturn } from '../../support/relay-coturn.ts';

/** The first, some inner and the last address of every range where no peer of a call can be. */
const INTERNAL = [
  ...['0.0.0.0', '0.0.0.1', '0.255.255.255', '10.0.0.0', '10.20.30.40', '10.255.255.255'],
  ...['100.64.0.0', '100.100.100.200', '100.127.255.255', '127.0.0.0', '127.0.0.2', '127.255.255.255'],
  ...['169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255'],
  ...['172.16.0.0', '172.17.0.1', '172.31.255.255', '192.0.0.0', '192.0.0.192', '192.168.0.0', '192.168.1.1'],
  ...['192.168.255.255', '198.18.0.0', '198.19.255.255', '224.0.0.1', '239.255.255.255', '240.0.0.0'],
  ...['255.255.255.255'],
];

/** Every way in which IPv6 can name an IPv4 address. */
const SPELLINGS: Readonly<Record<string, (address: string) => string>> = {
  'IPv4-mapped': (address) => `::ffff:${address}`,
  'IPv4-compatible': (address) => `::${address}`,
  'IPv4-translated': (address) => `::ffff:0:${address}`,
  NAT64: (address) => `64:ff9b::${address}`,
  'local NAT64': (address) => `64:ff9b:1::${address}`,
  '6to4': (address) => `2002:${hexadecimal(address)}::1`,
  Teredo: (address) => `2001:0:${hexadecimal(address)}::1`,
};

const INTERNAL_V6 = [
  ...['::', '::1', 'fc00::', 'fd00::1', 'fd00:ec2::254', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::1'],
  ...['febf::1', 'fec0::1', 'ff02::1', 'ff0e::1', '64:ff9b::', '2002::', '2001::'],
];

/** Where peers of calls are: next to the edges of the ranges above, and in the middle of nowhere. None of them is sent anything but what `Send` tries below. */
const PUBLIC = [
  '198.51.100.1',
  '203.0.113.9',
  '9.255.255.255',
  '11.0.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '223.255.255.255',
];

let relay: RelayCoturn;
let client: TurnClient;
let channel = 0x4000;

beforeAll(async () => {
  relay = await RelayCoturn.start({ denied: ['203.0.113.128-203.0.113.255'] });
  client = await relay.client();
  await client.allocate();
});
afterAll(() => relay.close());

const permission = (address: string) => answerTo(client.permit({ address, port: 9 }));
const binding = (address: string) => answerTo(client.bind(channel++, { address, port: 9 }));

describe('a peer', () => {
  it.each(PUBLIC)('at %s is permitted', async (address) => {
    expect(await permission(address)).toBe('granted');
    expect(await binding(address)).toBe('granted');
  });

  it('at the address of this relay is permitted: the other party may have its allocation here', async () => {
    expect(await permission('127.0.0.1')).toBe('granted');
  });

  it.each(INTERNAL)('at %s is refused', async (address) => {
    expect(await permission(address)).toBe(403);
    expect(await binding(address)).toBe(403);
  });

  it('in a range of the settings is refused', async () => {
    expect(await permission('203.0.113.200')).toBe(403);
  });

  it('is refused together with all others of its request', async () => {
    expect(await answerTo(client.permit({ address: '198.51.100.77', port: 9 }, { address: '10.0.0.1', port: 9 }))).toBe(
      403,
    );
  });

  // Whether IPv6 or not is decided before where.
  it.each(Object.entries(SPELLINGS))('spelled as %s is refused', async (_, spell) => {
    for (const address of INTERNAL) expect(await permission(spell(address))).toBe(443);
    expect(await binding(spell('127.0.0.1'))).toBe(443);
  });

  it('in IPv6 is refused', async () => {
    for (const address of INTERNAL_V6) expect(await permission(address)).toBe(443);
    expect(await permission('2001:4860:4860::8888')).toBe(443);
  });
});

it('gives no allocation in IPv6', async () => {
  const another = await relay.client();
  expect(
    await answerTo(another.allocate(TRANSPORT.udp, [[ATTRIBUTE.requestedFamily, Uint8Array.of(2, 0, 0, 0)]])),
  ).toBe(440);
});

it('does not send to a peer that is not permitted', async () => {
  const [alice, bob] = [await relay.client(), await relay.client()];
  const [{ relayed: from }, { relayed: to }] = [await alice.allocate(), await bob.allocate()];
  await bob.permit(from);
  const heard: string[] = [];
  const end = new Promise<void>((resolve) => {
    bob.onData = ({ data }) => {
      heard.push(data.toString());
      if (data.toString() === 'after') resolve();
    };
  });
  alice.send(to, Buffer.from('before'));
  for (const address of INTERNAL) alice.send({ address, port: to.port }, Buffer.from('forbidden'));
  await alice.permit(to);
  alice.send(to, Buffer.from('after'));
  await end;
  expect(heard).toEqual(['after']);
});

// Should a relay ever have an IPv6 address, the list has to hold there as well.
describe('on a relay with an IPv6 address, a peer', () => {
  let sixth: RelayCoturn;
  let user: TurnClient;

  beforeAll(async () => {
    sixth = await RelayCoturn.start({}, ['relay-ip=::1']);
    user = await sixth.client();
    await user.allocate(TRANSPORT.udp, [[ATTRIBUTE.requestedFamily, Uint8Array.of(2, 0, 0, 0)]]);
  });
  afterAll(() => sixth?.close());

  it.each(Object.entries(SPELLINGS))('spelled as %s is refused', async (_, spell) => {
    const refused = INTERNAL.map((address) => answerTo(user.permit({ address: spell(address), port: 9 })));
    expect(await Promise.all(refused)).not.toContain('granted');
  });

  it.each(INTERNAL_V6.filter((address) => address !== '::1'))('at %s is refused', async (address) => {
    expect(await answerTo(user.permit({ address, port: 9 }))).not.toBe('granted');
  });

  it('at a public address is permitted', async () => {
    expect(await answerTo(user.permit({ address: '2600::1', port: 9 }))).toBe('granted');
  });
});

function hexadecimal(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
