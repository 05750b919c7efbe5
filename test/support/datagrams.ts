// What is in the datagrams of a call (RFC 7983): one byte tells, and TURN wraps one in another.

export type DatagramKind = 'stun' | 'channel' | 'dtls' | 'rtp' | 'other';

export function kindOf(data: Buffer): DatagramKind {
  const [first = 0xff] = data;
  if (first < 4 && data.length >= 20 && data.readUInt32BE(4) === MAGIC_COOKIE) return 'stun';
  if (first >= 20 && first < 64) return 'dtls';
  if (first >= 64 && first < 80) return 'channel';
  if (first >= 128 && first < 192) return 'rtp';
  return 'other';
}

const MAGIC_COOKIE = 0x2112a442;
/** TURN's attribute with what is relayed (RFC 8656, section 18.4). */
const DATA = 0x0013;
const SEND_INDICATION = 0x0016;
const DATA_INDICATION = 0x0017;

/** The datagram itself, without what TURN has put around it. */
export function unwrapped(data: Buffer): Buffer {
  const kind = kindOf(data);
  if (kind === 'channel') return data.subarray(4, 4 + data.readUInt16BE(2));
  if (kind !== 'stun' || ![SEND_INDICATION, DATA_INDICATION].includes(data.readUInt16BE(0))) return data;
  return stunAttributes(data).find(({ type }) => type === DATA)?.value ?? data;
}

export function stunAttributes(message: Buffer): { type: number; value: Buffer }[] {
  const attributes: { type: number; value: Buffer }[] = [];
  let offset = 20;
  while (offset + 4 <= message.length) {
    const length = message.readUInt16BE(offset + 2);
    attributes.push({ type: message.readUInt16BE(offset), value: message.subarray(offset + 4, offset + 4 + length) });
    offset += 4 + Math.ceil(length / 4) * 4;
  }
  return attributes;
}
