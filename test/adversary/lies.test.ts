import { afterAll, beforeAll, expect, it } from 'vitest';
import { attack } from '../../tools/adversary/run.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

it('whatever the server says, nothing is encrypted to a key that nobody signed, and nothing changes in silence', async () => {
  const report = await attack({ url: sotto.url, runs: 60, seed: 20_260_101 });
  expect(report.violations).toEqual([]);
  expect(report.entries).toHaveLength(60);
  expect(report.lies.length).toBeGreaterThan(40);
});
