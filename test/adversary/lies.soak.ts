import { afterAll, beforeAll, expect, it } from 'vitest';
import { attackInBatches } from '../../tools/adversary/batches.ts';
import type { Report } from '../../tools/adversary/report.ts';
import { soakSeed } from '../support/soak-seed.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

/** Runs in all. */
const RUNS = Number(process.env.SOTTO_RUNS ?? 10_000);
/** Attacks at a time: what two cores bear. */
const WIDTH = Number(process.env.SOTTO_WIDTH ?? 4);
/** Shown beside a violation. */
const LAST_RUNS = 20;

let sotto: Sotto;
beforeAll(async () => {
  // With a relay, so that there are credentials to lie about. Nobody connects to it.
  const endpoints = [{ transport: 'udp' as const, host: '192.0.2.7', port: 3478 }];
  sotto = await startSotto({}, { relay: { provider: 'external', endpoints } });
});
afterAll(() => sotto.close());

it(
  `stays true in ${RUNS} random runs`,
  async () => {
    const seed = soakSeed('lies');
    const report = await attackInBatches({ url: sotto.url, runs: RUNS, seed, width: WIDTH, onReport: tellOfBatch });
    console.log(report.summary());
    console.log(`fields that were never lied about: ${report.fieldsLeft.join(', ') || 'none'}`);
    expect(report.violations).toEqual([]);
    expect(report.entries).toHaveLength(RUNS);
    // The deployment's limits were not what was measured.
    expect(report.limited).toBe(0);
  },
  8 * 60 * 60 * 1_000,
);

/** As it ends: hours of runs must not say nothing until the last one is done. */
function tellOfBatch(report: Report): void {
  const { seed, entries, lies, limited, violations } = report;
  const sums = `${entries.length} runs, ${lies.length} lies, ${limited} limits, ${violations.length} violations`;
  console.log(`${new Date().toISOString()} batch with seed ${seed}: ${sums}`);
  if (violations.length > 0) console.log([...violations, ...report.details().split('\n').slice(-LAST_RUNS)].join('\n'));
}
