import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Endpoint } from './address.ts';
import { HEADER } from './types.ts';

/** Carries STUN messages and ChannelData, one by one, to one server. */
export interface TurnSocket {
  /** Requests over UDP are repeated until they are answered. */
  readonly reliable: boolean;
  /** The one that gets what arrives. */
  onFrame(listener: (frame: Buffer) => void): void;
  send(frame: Uint8Array): void;
  /** Resolves when the server has ended the connection, or this end has. */
  readonly closed: Promise<void>;
  close(): void;
}

/** @param localAddress the address to send from */
export async function openUdp(server: Endpoint, localAddress?: string): Promise<TurnSocket> {
  const socket = createSocket('udp4');
  let open = true;
  const closed = new Promise<void>((resolve) => void socket.once('close', resolve));
  // A port that nobody listens on says so: to a caller that is the same as no answer.
  socket.on('error', () => {});
  socket.bind(0, localAddress);
  await once(socket, 'listening');
  socket.connect(server.port, server.address);
  await once(socket, 'connect');
  return {
    reliable: false,
    onFrame: (listener) => void socket.on('message', listener),
    send: (frame) => {
      if (open) socket.send(frame);
    },
    closed,
    close: () => {
      if (open) socket.close();
      open = false;
    },
  };
}

/** @throws when the server does not accept the connection */
export async function openTcp(server: Endpoint): Promise<TurnSocket> {
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  let pending: Buffer = Buffer.alloc(0);
  let deliver = (_frame: Buffer): void => {};
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let length = frameLength(pending); length <= pending.length; length = frameLength(pending)) {
      deliver(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
  });
  return {
    reliable: true,
    onFrame: (listener) => {
      deliver = listener;
    },
    send: (frame) => void socket.write(padded(frame)),
    closed: new Promise((resolve) => void socket.once('close', () => resolve())),
    close: () => void socket.destroy(),
  };
}

/** Length of the first frame of a stream; infinite until its header is there (RFC 8656 section 12.5: ChannelData is padded). */
function frameLength(bytes: Buffer): number {
  if (bytes.length < 4) return Number.POSITIVE_INFINITY;
  const length = bytes.readUInt16BE(2);
  return isChannel(bytes) ? (4 + length + 3) & ~3 : HEADER + length;
}

function padded(frame: Uint8Array): Uint8Array {
  return isChannel(frame) ? Buffer.concat([frame, Buffer.alloc(-frame.length & 3)]) : frame;
}

/** Whether a frame is ChannelData: the first two bits of STUN messages are zero. */
export function isChannel(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 0xc0) === 0x40;
}
