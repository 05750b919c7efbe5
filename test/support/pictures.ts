/** Width and height of the picture that begins in an RTP packet of VP8 (RFC 7741, RFC 6386 section 9.1), as everybody reads it who has the packet in clear. */
export function pictureIn(packet: Buffer): { width: number; height: number } | undefined {
  const payload = payloadOf(packet);
  const frame = payload && frameOf(payload);
  // A key frame: its bit is 0, and three fixed bytes follow the tag. In noise they stand in one packet of 33 million.
  if (!frame || frame.length < 10 || (frame.readUInt8(0) & 1) !== 0) return undefined;
  if (frame.readUIntBE(3, 3) !== 0x9d012a) return undefined;
  return { width: frame.readUInt16LE(6) & 0x3fff, height: frame.readUInt16LE(8) & 0x3fff };
}

/** What comes after the header and its extension (RFC 3550, section 5). */
function payloadOf(packet: Buffer): Buffer | undefined {
  if (packet.length < 12) return undefined;
  const first = packet.readUInt8(0);
  const extension = 12 + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return packet.subarray(extension);
  return extension + 4 <= packet.length
    ? packet.subarray(extension + 4 + packet.readUInt16BE(extension + 2) * 4)
    : undefined;
}

/** What comes after the payload descriptor, in the first packet of a frame. */
function frameOf(payload: Buffer): Buffer | undefined {
  const [first = 0, extensions = 0, picture = 0] = payload;
  const isStart = (first & 0x17) === 0x10;
  if (!isStart) return undefined;
  if ((first & 0x80) === 0) return payload.subarray(1);
  const idBytes = (extensions & 0x80) === 0 ? 0 : (picture & 0x80) === 0 ? 1 : 2;
  const levelBytes = (extensions & 0x40) === 0 ? 0 : 1;
  const keyBytes = (extensions & 0x30) === 0 ? 0 : 1;
  return payload.subarray(2 + idBytes + levelBytes + keyBytes);
}
