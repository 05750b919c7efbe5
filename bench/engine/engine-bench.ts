// The protocol engine beside the official library, in one process and in short turns, so that whatever else the machine is
// doing meets both alike. Ratios of speeds are medians over the turns; collecting garbage, which happens in few of them, is
// therefore left out on both sides.

import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { EncryptedMessage } from '../../client/signal-protocol/index.ts';
import type { Row } from '../row.ts';
import { enginePair, exchange, libsignalPair, type Pair, setUp } from './pair.ts';

const WARM_UP_ROUNDS = 15;
const ROUNDS = 45;
const MESSAGES = 50;
const SETUPS = 5;
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
  const [engine, libsignal] = [await contender(enginePair), await contender(libsignalPair)];
  const rounds: { engine: Sample; libsignal: Sample }[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    // Whoever goes first changes from round to round, so that neither always pays for the other's garbage.
    const first = round % 2 === 0 ? await sample(engine) : undefined;
    const reference = await sample(libsignal);
    rounds.push({ engine: first ?? (await sample(engine)), libsignal: reference });
  }
  rounds.splice(0, WARM_UP_ROUNDS);
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

interface Contender {
  readonly make: () => Promise<Pair>;
  /** In session, past the handshake. */
  readonly pair: Pair;
}

async function contender(make: () => Promise<Pair>): Promise<Contender> {
  const pair = await make();
  await setUp(pair, PLAINTEXT);
  await exchange(pair, PLAINTEXT);
  return { make, pair };
}

/** Milliseconds, and bytes, of one turn. */
async function sample({ make, pair }: Contender): Promise<Sample> {
  const fresh: Pair[] = [];
  while (fresh.length < SETUPS) fresh.push(await make());
  const setUpTime = await timed(async () => {
    for (const strangers of fresh) await setUp(strangers, PLAINTEXT);
  });
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
  const start = performance.now();
  await operation();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
