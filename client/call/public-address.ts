/** Blocks of IPv4 that are not somebody's on the internet (IANA's special-purpose registry): first address and length of the prefix. */
const RESERVED_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, and all that was never given to anybody.
  ['224.0.0.0', 3],
];

const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-fA-F:]+(?::[0-9.]+)?$/;

/** The literal of a public address, as it stands in a URL (IPv6 in brackets and in its shortest form); undefined for anything else. */
export function publicLiteral(address: string): string | undefined {
  if (IPV4.test(address)) return isPublicIpv4(address) ? address : undefined;
  const ipv6 = ipv6Literal(address);
  return ipv6 !== undefined && isPublicIpv6(ipv6) ? ipv6 : undefined;
}

/** The literal of any address, as it stands in a URL; undefined for names. */
export function addressLiteral(address: string): string | undefined {
  return IPV4.test(address) ? address : ipv6Literal(address);
}

function ipv6Literal(address: string): string | undefined {
  const url = `http://[${address}]`;
  return IPV6.test(address) && URL.canParse(url) ? new URL(url).hostname : undefined;
}

function isPublicIpv4(address: string): boolean {
  return !RESERVED_IPV4.some(
    ([first, length]) => toNumber(first) >>> (32 - length) === toNumber(address) >>> (32 - length),
  );
}

const toNumber = (ipv4: string) => ipv4.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);

/**
 * Only 2000::/3 is given to anybody. In it, the first block is for protocols (Teredo among them), 2002::/16 wraps IPv4 addresses, and two blocks
 * are for documentation.
 */
function isPublicIpv6(literal: string): boolean {
  const [, first = '', second = ''] = /^\[([0-9a-f]{1,4}):([0-9a-f]{0,4})/.exec(literal) ?? [];
  const [high, low] = [Number.parseInt(first, 16), Number.parseInt(second || '0', 16)];
  if (!(high >= 0x2000 && high <= 0x3fff)) return false;
  if (high === 0x2001) return low >= 0x0200 && low !== 0x0db8;
  return high !== 0x2002 && !(high === 0x3fff && low <= 0x0fff);
}
