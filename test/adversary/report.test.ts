import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { Report } from '../../tools/adversary/report.ts';
import { attack } from '../../tools/adversary/run.ts';

/** An address where nobody listens any more. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `ws://127.0.0.1:${address.port}`;
}

it('an attack that ends early is a finding, and not an attack without one', async () => {
  const report = await attack({ url: await nowhere(), runs: 5, seed: 1 });
  expect(report.violations).toHaveLength(1);
  expect(report.violations[0]).toMatch(/^ended after run 0: TransportError/);
});

it('several reports are one, with every finding and the seed that repeats it', () => {
  const entry = { number: 1, deed: 'write', by: 'alice', lies: [], notices: [] };
  const reports = [3, 4].map((seed) => {
    const report = new Report(seed);
    report.add({ ...entry, outcome: 'ok' });
    report.add({ ...entry, number: 2, outcome: seed === 4 ? 'DEFECT TypeError' : 'ok' });
    report.limited = seed;
    return report.end(seed === 3 ? ['a key that nobody signed'] : []);
  });
  const whole = Report.merged(1, reports);
  expect(whole.entries.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(whole.violations).toEqual(['seed 3: a key that nobody signed', 'seed 4: run 2: DEFECT TypeError']);
  expect(whole.limited).toBe(7);
  expect(whole.summary()).toContain('VIOLATIONS');
});
