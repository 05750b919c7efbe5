import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { addressBytes } from '../ip.ts';

/** A UDP socket of this network namespace. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /** Whether it accepts packets of one sender only. */
  readonly connected: boolean;
  readonly inode: string;
}

/** The lines of /proc/net/udp. */
export function parseUdpSockets(text: string): UdpSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (!/^[0-9A-F]{8}$/.test(address)) return [];
      // The kernel prints the address as a number of this machine, which is little-endian wherever Node 24 runs on Linux with a relay.
      const bytes = Buffer.from(address, 'hex').reverse();
      const connected = !/^0+:0+$/.test(remote);
      return [{ address: bytes.join('.'), port: Number.parseInt(port, 16), connected, inode }];
    });
}

/** Inodes of the sockets that a process has open; empty when it has ended. */
export function socketsOf(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const name of listOf(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${name}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

/**
 * Live allocations: each has one socket in the range of relayed ports. coturn's own count can only be had over a port that it would have to
 * open for that.
 */
export function countAllocations(pid: number, minPort: number, maxPort: number): number {
  const own = socketsOf(pid);
  return udpSockets().filter(({ port, inode }) => port >= minPort && port <= maxPort && own.has(inode)).length;
}

/**
 * Whether anything but these processes receives UDP at an address. coturn lets peers reach its own private address, so whatever else listens
 * there could be reached through it.
 */
export function hasForeignListener(address: string, pids: readonly number[]): boolean {
  const own = new Set(pids.flatMap((pid) => [...socketsOf(pid)]));
  return udpSockets().some(
    (socket) =>
      !socket.connected && !own.has(socket.inode) && (socket.address === address || isUnspecified(socket.address)),
  );
}

function udpSockets(): UdpSocket[] {
  return parseUdpSockets(readFileSync('/proc/net/udp', 'utf8'));
}

function isUnspecified(address: string): boolean {
  return addressBytes(address)?.every((byte) => byte === 0) ?? false;
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // Closed between the two looks.
    return '';
  }
}
