// npm run adversary: lies to real clients in every field of every frame that a server can send, and reports what they made of it.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { attackInBatches } from './batches.ts';
import { startLocalCloud } from './local-cloud.ts';

const HELP = `Stands between clients and a deployment, and lies.

  --url wss://...   the deployment; default: the local cloud, started for it
  --runs 500        things that people do while they are lied to
  --seed 1          the same seed, the same lies
  --width 1         attacks at a time, each of 500 runs
  --details FILE    writes every lie and what the client did, one run a line
  --help

The accounts that are attacked are made for it. Ends with 1 when a client did what it never may.`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    width: { type: 'string', default: '1' },
    details: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`--${name} is a whole number`);
  return Number(text);
}

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const [runs, seed] = [wholeNumber('runs', values.runs), wholeNumber('seed', values.seed)];
  const width = Math.max(1, wholeNumber('width', values.width));
  const cloud = values.url === undefined ? await startLocalCloud() : { url: values.url, close: async () => {} };
  try {
    const report = await attackInBatches({ url: cloud.url, runs, seed, width });
    console.log(report.summary());
    if (values.details) await writeFile(values.details, `${report.details()}\n`);
    if (report.violations.length > 0) process.exitCode = 1;
  } finally {
    await cloud.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
