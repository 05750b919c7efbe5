// Attacks that share nothing but the deployment, some of them side by side: most of an attack is waiting for a client's patience to end.

import { Report } from './report.ts';
import { attack } from './run.ts';

export interface BatchOptions {
  /** Of the deployment. */
  readonly url: string;
  readonly runs: number;
  readonly seed: number;
  /** Attacks at a time. */
  readonly width: number;
  /** Of one attack. Default 500, a few lives: what was true of earlier people is there to be told about later ones. */
  readonly batchRuns?: number;
  /** Called with each attack's own report as it ends. */
  readonly onReport?: (report: Report) => void;
}

const BATCH_RUNS = 500;
/** Apart, so that neighbouring seeds share no batch. */
const SEED_STEP = 1_000_003;

/**
 * So many runs as one report. The seed of each batch follows from the seed and its place alone, so a batch can be repeated by itself with
 * `attack`.
 */
export async function attackInBatches({
  url,
  runs,
  seed,
  width,
  batchRuns = BATCH_RUNS,
  onReport,
}: BatchOptions): Promise<Report> {
  const batches = Array.from({ length: Math.ceil(runs / batchRuns) }, (_, i) => ({
    seed: (seed * SEED_STEP + i) >>> 0,
    runs: Math.min(batchRuns, runs - i * batchRuns),
  }));
  const reports: Report[] = [];
  const waiting = batches.entries();
  const work = async () => {
    // One iterator for all: whoever is free takes the next.
    for (const [at, batch] of waiting) {
      const report = await attack({ url, ...batch });
      reports[at] = report;
      onReport?.(report);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, batches.length) }, work));
  return Report.merged(seed, reports);
}
