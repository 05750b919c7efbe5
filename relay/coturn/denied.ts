import type { AddressRange } from './ranges.ts';

const HOST = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff';

/**
 * Where no peer of a call can be: the relay's own machine, private networks, the metadata services of EC2 (169.254.169.254) and ECS
 * (169.254.170.2), multicast, and every spelling of an IPv4 address inside an IPv6 one, which could name all of these again.
 */
export const DENIED: readonly AddressRange[] = [
  // "This network", which reaches the machine itself.
  { first: '0.0.0.0', last: '0.255.255.255' },
  { first: '10.0.0.0', last: '10.255.255.255' },
  // Carriers' NAT, and AWS's own use of it.
  { first: '100.64.0.0', last: '100.127.255.255' },
  { first: '127.0.0.0', last: '127.255.255.255' },
  { first: '169.254.0.0', last: '169.254.255.255' },
  { first: '172.16.0.0', last: '172.31.255.255' },
  { first: '192.0.0.0', last: '192.0.0.255' },
  { first: '192.168.0.0', last: '192.168.255.255' },
  { first: '198.18.0.0', last: '198.19.255.255' },
  // Multicast, reserved, broadcast.
  { first: '224.0.0.0', last: '239.255.255.255' },
  { first: '240.0.0.0', last: '255.255.255.255' },
  // ::1 and the IPv4-compatible ::a.b.c.d, cut so that no range begins with `::` (see ranges.ts).
  { first: '::1', last: '::ff' },
  { first: '::100', last: '::ffff' },
  { first: '::1:0', last: '::ff:ffff' },
  { first: '::100:0', last: '::ffff:ffff' },
  // ::ffff:a.b.c.d and its translated form ::ffff:0:a.b.c.d.
  { first: '::ffff:0:0', last: '::ffff:ffff:ffff' },
  { first: '::ffff:0:0:0', last: '::ffff:0:ffff:ffff' },
  // NAT64: the well-known prefix and the one for local use.
  { first: '64:ff9b::', last: '64:ff9b::ffff:ffff' },
  { first: '64:ff9b:1::', last: '64:ff9b:1:ffff:ffff:ffff:ffff:ffff' },
  // Teredo and 6to4.
  { first: '2001::', last: '2001:0:ffff:ffff:ffff:ffff:ffff:ffff' },
  { first: '2002::', last: `2002:${HOST}` },
  // Unique local, link-local, site-local, multicast.
  { first: 'fc00::', last: `fdff:${HOST}` },
  { first: 'fe80::', last: `febf:${HOST}` },
  { first: 'fec0::', last: `feff:${HOST}` },
  { first: 'ff00::', last: `ffff:${HOST}` },
];
