import { addressBytes } from '../ip.ts';
import { ConfigurationRefused } from './refusal.ts';

/** Addresses from the first to the last, both included. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/**
 * Reads `first-last`, the only form that every coturn understands: CIDR is dropped without a word by 4.6.1.
 *
 * @throws ConfigurationRefused with a `range-` code
 */
export function parseRange(text: string): AddressRange {
  if (text.includes('/')) throw new ConfigurationRefused('range-cidr', `${text} is CIDR, write first-last`);
  const [first = '', last, ...more] = text.split('-');
  if (last === undefined || more.length > 0)
    throw new ConfigurationRefused('range-malformed', `${text} is not first-last`);
  return checkRange({ first, last });
}

/**
 * @throws ConfigurationRefused when coturn would read the range otherwise than it is meant
 */
export function checkRange(range: AddressRange): AddressRange {
  const { first, last } = range;
  const [from, to] = [addressBytes(first), addressBytes(last)];
  const text = `${first}-${last}`;
  if (from === undefined || to === undefined)
    throw new ConfigurationRefused('range-malformed', `${text} has an end that is no address`);
  if (from.length !== to.length) throw new ConfigurationRefused('range-family', `${text} mixes IPv4 and IPv6`);
  // coturn takes an unspecified IPv6 end for "no limit", and IPv4 for less than IPv6: every peer would be denied.
  if (from.length === 16 && [from, to].some((end) => end.every((byte) => byte === 0)))
    throw new ConfigurationRefused('range-unspecified', `${text} has the unspecified address as an end`);
  if (Buffer.compare(from, to) > 0) throw new ConfigurationRefused('range-order', `${text} ends before it begins`);
  if (!isAligned(from, to)) throw new ConfigurationRefused('range-unaligned', `${text} is not made of whole bytes`);
  return range;
}

/**
 * Whether comparing byte by byte, as coturn did before 4.16 with IPv6, means the same as comparing numbers: after the first byte that
 * differs, the first address has zeros only and the last one 255 only.
 */
function isAligned(from: Uint8Array, to: Uint8Array): boolean {
  const differs = from.findIndex((byte, at) => byte !== to[at]);
  if (differs < 0 || from.length === 4) return true;
  return (
    from.subarray(differs + 1).every((byte) => byte === 0) && to.subarray(differs + 1).every((byte) => byte === 255)
  );
}
