import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** Counters that only grow. */
export interface Counters {
  /** Bytes in and out of the relay's network interface. */
  readonly received: number;
  readonly sent: number;
  /** Packets that came while no buffer had room: the first sign of a relay that is too busy. */
  readonly dropped: number;
  /** Processor time of coturn, milliseconds. */
  readonly processor: number;
}

/** The unit of times in /proc, the same on every Linux that there is: 100 a second. */
const TICK_MS = 10;

/** @param address what the relay is bound to */
export function readCounters(address: string, pid: number): Counters {
  const name = interfaceOf(address);
  const { received, sent } = parseDevice(read('/proc/net/dev'), name);
  return {
    received,
    sent,
    dropped: parseDropped(read('/proc/net/snmp')),
    processor: parseProcessor(read(`/proc/${pid}/stat`)),
  };
}

/** Bytes in and out of one interface, of the text of /proc/net/dev. */
export function parseDevice(text: string, name: string): { received: number; sent: number } {
  const line = text.split('\n').find((candidate) => candidate.trim().startsWith(`${name}:`)) ?? '';
  const fields = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return { received: fields[0] || 0, sent: fields[8] || 0 };
}

/** UDP's RcvbufErrors, of the text of /proc/net/snmp. */
export function parseDropped(text: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter((line) => line.startsWith('Udp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('RcvbufErrors')]) || 0;
}

/** Milliseconds of user and system time, of the text of /proc/<pid>/stat. */
export function parseProcessor(text: string): number {
  // The name of the program, in parentheses, may hold anything.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return ((fields[11] || 0) + (fields[12] || 0)) * TICK_MS;
}

function interfaceOf(address: string): string {
  const entries = Object.entries(networkInterfaces());
  return entries.find(([, addresses = []]) => addresses.some((one) => one.address === address))?.[0] ?? 'lo';
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}
