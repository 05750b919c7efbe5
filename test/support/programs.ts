import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/** The start program as a process of its own, on a data folder that outlives it. */
export class StartProgram {
  readonly data: string;
  #child: ChildProcess | undefined;

  private constructor(data: string) {
    this.data = data;
  }

  static async inNewFolder(): Promise<StartProgram> {
    return new StartProgram(join(await mkdtemp(join(tmpdir(), 'sotto-start-')), 'data'));
  }

  /** Starts it and waits until it says where clients connect. @param port 0 for any */
  async start(port: number): Promise<string> {
    const args = [join(root, 'local/start.ts'), '--stage', 'dev', '--port', String(port), '--data', this.data];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /clients connect to {2}(ws:.*)$/.exec(line)?.[1];
      if (found !== undefined) return found;
    }
    throw new Error('the start program has ended before it was ready');
  }

  /** Ends it without a word, as a power failure does. */
  async kill(): Promise<void> {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(join(this.data, '..'), { recursive: true, force: true });
  }
}
