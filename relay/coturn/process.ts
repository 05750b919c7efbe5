import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawnWatched } from '../machine/watched.ts';
import { TURNSERVER } from './version-of.ts';

/** What coturn says when it has not understood its configuration, and goes on without that part. */
const NOT_UNDERSTOOD =
  /Bad configuration format|Wrong address format|Unknown argument|CONFIG ERROR|CONFIGURATION ALERT/;

/** After SIGTERM coturn gets this long, milliseconds. */
const PATIENCE = 5_000;

/** A running coturn. It ends with this process, whatever way that ends. */
export interface Coturn {
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Whether it went on without a part of its configuration. Known when it answers. */
  readonly misunderstood: boolean;
  /** No new allocations from now on, where coturn can do that: the others take whoever still has credentials for up to ten minutes. */
  drain(): void;
  /** Ends it now. */
  stop(): Promise<void>;
}

/**
 * @param configuration path of the file, in a folder that is there for it alone
 * @param drains whether this version knows how to drain
 * @throws when the system cannot start the program
 */
export async function startCoturn(configuration: string, drains: boolean): Promise<Coturn> {
  const child = spawnWatched(dirname(configuration), TURNSERVER, ['-c', configuration]);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error('a process without an id');
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  let misunderstood = false;
  // Read and not passed on: it names users and addresses in some of its errors.
  for (const stream of [child.stdout, child.stderr]) {
    onLine(stream, (line) => {
      misunderstood ||= NOT_UNDERSTOOD.test(line);
    });
  }
  return {
    pid,
    ended,
    get misunderstood() {
      return misunderstood;
    },
    drain: () => void (drains && child.kill('SIGUSR1')),
    async stop() {
      child.kill('SIGTERM');
      const impatient = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(impatient);
    },
  };
}

function onLine(stream: Readable | null, listener: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', listener);
}
