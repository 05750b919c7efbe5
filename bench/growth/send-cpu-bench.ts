import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, buildModule } from '../../infra/bundle.ts';
import { CIPHERTEXT_BYTES } from '../../shared/protocol/limits.ts';
import type { Row } from '../row.ts';
import { items, TABLES } from './send-scene.ts';

const CASES = [
  { name: 'two devices, 1 KB each', devices: 2, bytes: 1_024 },
  { name: 'one device, the largest ciphertext', devices: 1, bytes: CIPHERTEXT_BYTES },
];
const AIM = 1.15;

const beside = (file: string) => join(import.meta.dirname, file);

/** Processor time of a send in the built function, against a handler with the same SDK calls and nothing else. */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-cpu-'));
  const stub = fork(beside('stub-aws.ts'));
  try {
    const [ours, bare] = [join(folder, 'message.mjs'), join(folder, 'bare.mjs')];
    build('message', ours);
    buildModule(beside('bare-send.ts'), bare);
    stub.send(items());
    const [port] = await once(stub, 'message');
    const rows: Row[] = [];
    for (const { name, devices, bytes } of CASES) {
      const [ratio, floor] = await measure([ours, bare, String(devices), String(bytes)], `http://127.0.0.1:${port}`);
      const against = `${Math.round(floor)} µs of a bare handler with the same SDK calls`;
      rows.push({
        name: `CPU of a send, ${name}`,
        value: ratio,
        unit: 'times',
        against,
        aim: AIM,
        lowerIsBetter: true,
      });
    }
    return rows;
  } finally {
    stub.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

/** How many times the processor time of the second module the first takes, and the microseconds of the second. */
async function measure(args: string[], aws: string): Promise<[number, number]> {
  const env = {
    ...process.env,
    ...TABLES,
    SOTTO_STAGE: 'bench',
    SOTTO_CALLBACK_URL: `${aws}/bench`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL_DYNAMODB: aws,
  };
  // The function writes a line of metrics for every send.
  const child: ChildProcess = fork(beside('measure-send.ts'), args, {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [times] = await Promise.race([once(child, 'message'), once(child, 'exit').then(fail)]);
  return times;
}

function fail(): never {
  throw new Error('the measuring process ended without a result');
}
