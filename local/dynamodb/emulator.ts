import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';
import { spawnWatched } from '../watched.ts';

/** A running DynamoDB emulator. */
export interface Emulator {
  endpoint: string;
  /** Resolves with a sentence when it ends without having been asked to. */
  died: Promise<string>;
  /** Lets it write everything out, and ends it. */
  close(): Promise<void>;
}

/** It is ready in some 15 ms; a slow disk or a busy machine may take longer. Milliseconds. */
const READY_LIMIT = 10_000;

/** @throws Refusal when there is no emulator for this platform */
export function findBinary(): string {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    throw new Refusal(
      `The embedded database has no binary for ${process.platform}-${process.arch} here: on linux-x64 run npm ci again, elsewhere start a DynamoDB Local and give its address in SOTTO_DYNAMODB_ENDPOINT.`,
    );
  }
}

/**
 * Starts the embedded emulator on a free loopback port.
 * @param file the database file; it is created when it is not there
 * @throws Refusal when the file is not a database
 */
export async function startEmulator(binary: string, file: string): Promise<Emulator> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const args = ['serve', '--port', String(port), '--db-path', file];
    const child = spawnWatched(binary, args, { env: {}, stdout: 'ignore' });
    const complaint = await ready(child, port);
    if (complaint === undefined) return running(child, `http://127.0.0.1:${port}`);
    // Another process took the port between the look and the start.
    if (complaint.includes('already in use') && attempt < 5) continue;
    throw new Refusal(
      `The embedded database cannot open ${file} (${complaint.replace(/^error: /, '')}): move that file away to begin with an empty one, or start with --ephemeral.`,
    );
  }
}

/** Undefined when the emulator answers; what it said when it ended instead. */
async function ready(child: ChildProcess, port: number): Promise<string | undefined> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = once(child, 'exit').then(() => true);
  const deadline = Date.now() + READY_LIMIT;
  while (Date.now() < deadline) {
    if (await answers(port)) return undefined;
    if (await Promise.race([ended, after(10, false)])) return complaint.trim() || 'it ended without a word';
  }
  child.kill('SIGKILL');
  return `it did not answer within ${READY_LIMIT / 1000} seconds`;
}

async function answers(port: number): Promise<boolean> {
  try {
    return (
      (await fetch(`http://127.0.0.1:${port}/`, { method: 'GET', signal: AbortSignal.timeout(1000) })).status < 500
    );
  } catch {
    return false;
  }
}

function running(child: ChildProcess, endpoint: string): Emulator {
  let closing = false;
  const ended = once(child, 'exit');
  return {
    endpoint,
    died: new Promise((resolve) => {
      void ended.then(() => {
        if (!closing)
          resolve(
            'The embedded database has ended unexpectedly; everything it had acknowledged is on disk. Start again.',
          );
      });
    }),
    close: async () => {
      closing = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('the system gave no port');
  return address.port;
}
