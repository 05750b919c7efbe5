// The protocol engine beside the official library, in one process and in turns. What is compared is processor time of the
// whole process, all threads, which other programs on the machine disturb less than they disturb the clock on the wall.
// Ratios of speeds are medians over the rounds.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { EncryptedMessage } from '../../client/signal-protocol/index.ts';
import { enginePair, exchange, libsignalPair, type Pair, setUp } from './pair.ts';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string;
  readonly aim: number | null;
  readonly lowerIsBetter: boolean;
}

const WARM_UP_ROUNDS = 5;
const ROUNDS = 21;
const MESSAGES = 100;
const SETUPS = 10;
const PLAINTEXT = new Uint8Array(255).fill(7);
const LIBSIGNAL = '@signalapp/libsignal-client 0.103.0';

interface Sample {
  readonly encrypt: number;
  readonly decrypt: number;
  readonly pingPong: number;
  readonly setUp: number;
  readonly bytes: number;
}

export async function run(): Promise<Row[]> {
  for (let i = 0; i < WARM_UP_ROUNDS; i++) for (const make of [enginePair, libsignalPair]) await sample(make);
  const rounds: { engine: Sample; libsignal: Sample }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Whoever goes first changes from round to round, so that neither always pays for the other's garbage.
    const first = round % 2 === 0 ? await sample(enginePair) : undefined;
    const reference = await sample(libsignalPair);
    rounds.push({ engine: first ?? (await sample(enginePair)), libsignal: reference });
  }
  const speed = (name: string, figure: keyof Sample, aim: number): Row => ({
    name,
    value: median(rounds.map((round) => round.libsignal[figure] / round.engine[figure])),
    unit: 'times its speed',
    against: LIBSIGNAL,
    aim,
    lowerIsBetter: false,
  });
  return [
    speed('one-way encrypt', 'encrypt', 1),
    speed('one-way decrypt', 'decrypt', 1),
    speed('ping-pong', 'pingPong', 0.5),
    speed('session setup', 'setUp', 0.5),
    {
      name: 'engine size',
      value: await bundledSize(),
      unit: 'KB gzip',
      against: 'its aim',
      aim: 45,
      lowerIsBetter: true,
    },
    {
      name: 'bytes per message',
      value: median(rounds.map((round) => round.engine.bytes / round.libsignal.bytes)),
      unit: 'times its bytes',
      against: LIBSIGNAL,
      aim: 1,
      lowerIsBetter: true,
    },
  ];
}

/** Processor time in microseconds, and bytes, of one round. */
async function sample(make: () => Promise<Pair>): Promise<Sample> {
  const pairs: Pair[] = [];
  while (pairs.length < SETUPS) pairs.push(await make());
  const setUpTime = await timed(async () => {
    for (const pair of pairs) await setUp(pair, PLAINTEXT);
  });
  const pair = pairs[0] ?? (await make());
  await exchange(pair, PLAINTEXT);
  const { alice, bob } = pair;
  const sent: EncryptedMessage[] = [];
  const encrypt = await timed(async () => {
    for (let i = 0; i < MESSAGES; i++) sent.push(await alice.encrypt(bob.address, PLAINTEXT));
  });
  const decrypt = await timed(async () => {
    for (const message of sent) await bob.decrypt(alice.address, message);
  });
  const pingPong = await timed(async () => {
    for (let i = 0; i < MESSAGES; i++) await exchange(pair, PLAINTEXT);
  });
  const bytes = sent.reduce((sum, message) => sum + message.bytes.length, 0);
  return { encrypt, decrypt, pingPong, setUp: setUpTime, bytes };
}

/** As an application would ship it: bundled for the browser, minified, compressed. */
async function bundledSize(): Promise<number> {
  const result = await build({
    entryPoints: [new URL('../../client/signal-protocol/index.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  const compressed = result.outputFiles.map((file) => gzipSync(file.contents, { level: 9 }).length);
  return compressed.reduce((sum, size) => sum + size, 0) / 1000;
}

async function timed(operation: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await operation();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
