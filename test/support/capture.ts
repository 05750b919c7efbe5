import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../../local/debian-package.ts';
import { type CapturedPacket, readCapture } from './pcap.ts';

/** @throws Error that says what to do */
export function findTcpdump(): string {
  const found = findProgram(['tcpdump'], 'tcpdump');
  if (found && process.getuid?.() === 0) return found;
  throw new Error('Packets cannot be captured. Install the package "tcpdump", and run the tests as root.');
}

/** What goes over loopback while it runs. */
export class Capture {
  readonly #folder: string;
  readonly #child: ChildProcess;
  #packets: Promise<CapturedPacket[]> | undefined;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  /** Returns when it captures. @param filter in the language of pcap-filter(7) */
  static async start(filter: string): Promise<Capture> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-capture-'));
    const args = ['-i', 'lo', '-Z', 'root', '--immediate-mode', '-U', '-w', join(folder, 'lo.pcap'), filter];
    const child = spawn(findTcpdump(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes('listening on')) return new Capture(folder, child);
    }
    await rm(folder, { recursive: true });
    throw new Error('tcpdump has ended before it captured anything');
  }

  /** May be called again, by what cleans up. */
  stop(): Promise<CapturedPacket[]> {
    this.#packets ??= this.#end();
    return this.#packets;
  }

  async #end(): Promise<CapturedPacket[]> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exited;
    const packets = readCapture(await readFile(join(this.#folder, 'lo.pcap')));
    await rm(this.#folder, { recursive: true });
    return packets;
  }
}
