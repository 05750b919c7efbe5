import { afterAll, beforeAll, expect, it } from 'vitest';
import { attackInBatches } from '../../tools/adversary/batches.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

it('whatever the server says, nothing is encrypted to a key that nobody signed, and nothing changes in silence', async () => {
  const seeds: number[] = [];
  const report = await attackInBatches({
    url: sotto.url,
    runs: 60,
    seed: 20_260_101,
    width: 2,
    batchRuns: 30,
    onReport: ({ seed }) => void seeds.push(seed),
  });
  expect(report.violations).toEqual([]);
  expect(report.entries.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(report.lies.length).toBeGreaterThan(40);
  expect(new Set(seeds).size).toBe(2);
  // The deployment's own limits were not what was measured.
  expect(report.limited).toBe(0);
}, 180_000);
