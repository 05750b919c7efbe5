/** A UDP datagram, or the data of a TCP segment. */
export interface CapturedPacket {
  readonly transport: 'udp' | 'tcp';
  readonly from: number;
  readonly to: number;
  /** Of IP: how many routers it may still pass. */
  readonly timeToLive: number;
  readonly data: Buffer;
}

/** The file format of tcpdump, as written on a little-endian machine. */
const MAGIC = 0xa1b2c3d4;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const ETHERTYPE_IPV4 = 0x0800;

/** The packets over IPv4 in a capture of a network with Ethernet's headers, which loopback has. @throws Error when it is something else */
export function readCapture(file: Buffer): CapturedPacket[] {
  if (file.readUInt32LE(0) !== MAGIC || file.readUInt32LE(20) !== 1) throw new Error('not a capture of loopback');
  const packets: CapturedPacket[] = [];
  let offset = FILE_HEADER;
  while (offset + RECORD_HEADER <= file.length) {
    const length = file.readUInt32LE(offset + 8);
    const packet = readFrame(file.subarray(offset + RECORD_HEADER, offset + RECORD_HEADER + length));
    if (packet) packets.push(packet);
    offset += RECORD_HEADER + length;
  }
  return packets;
}

function readFrame(frame: Buffer): CapturedPacket | undefined {
  if (frame.readUInt16BE(12) !== ETHERTYPE_IPV4) return undefined;
  const ip = frame.subarray(ETHERNET, ETHERNET + frame.readUInt16BE(ETHERNET + 2));
  const inner = ip.subarray((ip.readUInt8(0) & 0x0f) * 4);
  const ports = { from: inner.readUInt16BE(0), to: inner.readUInt16BE(2), timeToLive: ip.readUInt8(8) };
  switch (ip.readUInt8(9)) {
    case 17:
      return { transport: 'udp', ...ports, data: inner.subarray(8) };
    case 6:
      return { transport: 'tcp', ...ports, data: inner.subarray((inner.readUInt8(12) >> 4) * 4) };
    default:
      return undefined;
  }
}
