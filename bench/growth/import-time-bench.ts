import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, buildModule } from '../../infra/bundle.ts';
import type { Row } from '../row.ts';
import { median } from './median.ts';
import { TABLES } from './send-scene.ts';

const FOLDERS = ['authorizer', 'session', 'account', 'link', 'prekeys', 'message', 'franking-keys'];
const STARTS = 25;
const AIM = 1.15;

/** What a cold start waits for beyond Node itself. */
const TIMED = `const before = performance.now(); await import(process.argv[1]); console.error(performance.now() - before);`;

/** Time to load the largest function, against a module with the same SDK clients and commands and nothing else. */
export async function run(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-import-'));
  try {
    const largest = await largestFunction(folder);
    const bare = join(folder, 'bare.mjs');
    buildModule(join(import.meta.dirname, 'bare-clients.ts'), bare);
    const ratios: number[] = [];
    const floors: number[] = [];
    // In turns: both see the same weather. The first of each warms the disk's cache.
    for (let start = 0; start <= STARTS; start++) {
      const [time, floor] = [await timeOf(largest.file), await timeOf(bare)];
      if (start === 0) continue;
      ratios.push(time / floor);
      floors.push(floor);
    }
    const against = `${Math.round(median(floors))} ms of a bundle of the bare clients`;
    const name = `import of the largest function (${largest.name})`;
    return [{ name, value: median(ratios), unit: 'times', against, aim: AIM, lowerIsBetter: true }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function largestFunction(folder: string): Promise<{ name: string; file: string }> {
  const built = await Promise.all(
    FOLDERS.map(async (name) => {
      const file = join(folder, `${name}.mjs`);
      build(name, file);
      return { name, file, size: (await stat(file)).size };
    }),
  );
  const [largest] = built.sort((one, other) => other.size - one.size);
  if (!largest) throw new Error('no functions');
  return largest;
}

/** Milliseconds that a new process takes to load a module. */
async function timeOf(file: string): Promise<number> {
  const args = ['--input-type=module', '--eval', TIMED, pathToFileURL(file).href];
  const { stderr } = await promisify(execFile)(process.execPath, args, { env: ENVIRONMENT });
  return Number(stderr.trim().split('\n').at(-1));
}

const ENVIRONMENT = {
  ...TABLES,
  PREKEYS_TABLE: 'PreKeys',
  SOTTO_STAGE: 'bench',
  SOTTO_ENDPOINT: 'wss://bench.example/bench',
  SOTTO_CALLBACK_URL: 'https://bench.example/bench',
  SOTTO_ADMISSION: 'open',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
};
