import { isIPv4, isIPv6 } from 'node:net';

/** The bytes of an IP literal, 4 or 16; undefined for anything else (names, CIDR, zones). */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = withoutDottedEnd(text).split('::');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}

/** An IPv4 address at the end of an IPv6 literal, as two groups. */
function withoutDottedEnd(text: string): string {
  const dotted = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  if (dotted === undefined) return text;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  const hexadecimal = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
  return text.slice(0, -dotted.length) + hexadecimal;
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(text: string): boolean {
  const bytes = addressBytes(text);
  if (bytes === undefined) return false;
  return bytes.length === 4 ? bytes[0] === 127 : Buffer.from(bytes).equals(Buffer.from([...Array(15).fill(0), 1]));
}
