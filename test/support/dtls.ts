// The two hellos of a DTLS handshake, as far as they are not encrypted (RFC 9147).

export interface Hello {
  readonly type: 'client' | 'server';
  /** Named groups for which a share of a key is sent: the server's is the one that is used. */
  readonly keyShares: readonly number[];
}

const HANDSHAKE = 22;
const RECORD_HEADER = 13;
const MESSAGE_HEADER = 12;
const KEY_SHARE = 51;
const TYPES: Readonly<Record<number, Hello['type']>> = { 1: 'client', 2: 'server' };

/** @param datagrams of one direction of one handshake, in their order; fragments are put together */
export function hellosIn(datagrams: readonly Buffer[]): Hello[] {
  const messages = new Map<string, { type: Hello['type']; body: Buffer; missing: Set<number> }>();
  const hellos: Hello[] = [];
  for (const { header, fragment } of datagrams.flatMap(handshakeFragments)) {
    const type = TYPES[header.readUInt8(0)];
    if (type === undefined) continue;
    const length = header.readUIntBE(1, 3);
    const name = `${type} ${header.readUInt16BE(4)}`;
    const known = messages.get(name) ?? { type, body: Buffer.alloc(length), missing: range(length) };
    messages.set(name, known);
    const offset = header.readUIntBE(6, 3);
    fragment.copy(known.body, offset);
    const before = known.missing.size;
    for (let i = 0; i < fragment.length; i++) known.missing.delete(offset + i);
    if (before > 0 && known.missing.size === 0) hellos.push({ type, keyShares: keyShares(type, known.body) });
  }
  return hellos;
}

const range = (length: number) => new Set(Array.from({ length }, (_, i) => i));

/** Of plaintext records: epoch 0. */
function handshakeFragments(datagram: Buffer): { header: Buffer; fragment: Buffer }[] {
  const fragments: { header: Buffer; fragment: Buffer }[] = [];
  let offset = 0;
  while (offset + RECORD_HEADER <= datagram.length && datagram[offset] === HANDSHAKE) {
    const length = datagram.readUInt16BE(offset + 11);
    const record = datagram.subarray(offset + RECORD_HEADER, offset + RECORD_HEADER + length);
    if (datagram.readUInt16BE(offset + 3) === 0) {
      const size = record.readUIntBE(9, 3);
      fragments.push({
        header: record.subarray(0, MESSAGE_HEADER),
        fragment: record.subarray(MESSAGE_HEADER, MESSAGE_HEADER + size),
      });
    }
    offset += RECORD_HEADER + length;
  }
  return fragments;
}

function keyShares(type: Hello['type'], hello: Buffer): number[] {
  const value = extension(type, hello, KEY_SHARE);
  if (!value) return [];
  if (type === 'server') return [value.readUInt16BE(0)];
  const groups: number[] = [];
  for (let offset = 2; offset + 4 <= value.length; offset += 4 + value.readUInt16BE(offset + 2)) {
    groups.push(value.readUInt16BE(offset));
  }
  return groups;
}

function extension(type: Hello['type'], hello: Buffer, wanted: number): Buffer | undefined {
  let offset = 2 + 32;
  const skip = (bytesOfLength: number) => {
    offset += bytesOfLength + hello.readUIntBE(offset, bytesOfLength);
  };
  skip(1); // session id
  if (type === 'client') {
    skip(1); // cookie
    skip(2); // cipher suites
    skip(1); // compression methods
  } else {
    offset += 2 + 1; // the suite and the method that were chosen
  }
  for (offset += 2; offset + 4 <= hello.length; ) {
    const [found, length] = [hello.readUInt16BE(offset), hello.readUInt16BE(offset + 2)];
    if (found === wanted) return hello.subarray(offset + 4, offset + 4 + length);
    offset += 4 + length;
  }
  return undefined;
}
