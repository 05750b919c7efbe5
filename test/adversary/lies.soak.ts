import { afterAll, beforeAll, expect, it } from 'vitest';
import { attack } from '../../tools/adversary/run.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

/** Runs in all, and in one report. */
const RUNS = Number(process.env.SOTTO_RUNS ?? 10_000);
const BATCH = 500;
const seed = Number(process.env.SOTTO_SEED ?? 1);

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

it(
  `stays true in ${RUNS} random runs`,
  async () => {
    const left = new Set<string>();
    for (let batch = 0; batch * BATCH < RUNS; batch++) {
      const runs = Math.min(BATCH, RUNS - batch * BATCH);
      const report = await attack({ url: sotto.url, runs, seed: seed * 1_000_003 + batch });
      console.log(report.summary());
      expect(report.violations).toEqual([]);
      if (batch === 0) for (const field of report.fieldsLeft) left.add(field);
      for (const field of left) if (!report.fieldsLeft.includes(field)) left.delete(field);
    }
    console.log(`fields that were never lied about: ${[...left].join(', ') || 'none'}`);
  },
  8 * 60 * 60 * 1_000,
);
