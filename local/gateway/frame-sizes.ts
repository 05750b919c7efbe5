/** Reads a stream of bytes from a client and calls back with the payload length of each data frame, as soon as its header is complete. */
export function frameSizes(onDataFrame: (payloadBytes: number) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let payloadLeft = 0;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (payloadLeft > 0) {
        const skipped = Math.min(payloadLeft, rest.length);
        payloadLeft -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const had = header.length;
      header = Buffer.concat([header, rest.subarray(0, LONGEST_HEADER)]);
      const frame = parseHeader(header);
      if (!frame) return;
      rest = rest.subarray(frame.headerBytes - had);
      header = Buffer.alloc(0);
      payloadLeft = frame.payloadBytes;
      if (frame.isData) onDataFrame(frame.payloadBytes);
    }
  };
}

/** Two bytes, eight of length, four of mask (RFC 6455, section 5.2). */
const LONGEST_HEADER = 14;

/** Undefined while bytes of the header are missing. Opcodes 0 to 2 are data, from 8 on control. */
function parseHeader(bytes: Buffer): { headerBytes: number; payloadBytes: number; isData: boolean } | undefined {
  if (bytes.length < 2) return undefined;
  const isData = (bytes.readUInt8(0) & 0x0f) < 8;
  const second = bytes.readUInt8(1);
  const maskBytes = second & 0x80 ? 4 : 0;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const headerBytes = 2 + lengthBytes + maskBytes;
  if (bytes.length < headerBytes) return undefined;
  if (lengthBytes === 0) return { headerBytes, payloadBytes: short, isData };
  const payloadBytes = lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { headerBytes, payloadBytes, isData };
}
