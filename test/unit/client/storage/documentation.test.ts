import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMPACT_AFTER_MS } from '../../../../client/storage/node-level-backend.ts';
import { PASSPHRASE_COST, wrappedRoot } from '../../../../client/storage/passphrase.ts';
import { HAND_OVER_MS } from '../../../../client/storage/tab-lock.ts';

const page = readFileSync(new URL('../../../../docs/STORAGE.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ');
const number = (value: number) => value.toLocaleString('en-US');

it('docs/STORAGE.md names the numbers of the code', () => {
  const { memoryKiB, passes, lanes } = PASSPHRASE_COST;
  expect(page).toContain(`${number(memoryKiB)} KiB, ${passes} passes and ${lanes} lane;`);
  const least = { memoryKiB: 19_456, passes: 2, lanes: 1, salt: 'A'.repeat(22), wrapped: 'A'.repeat(80) };
  expect(wrappedRoot.safeParse(least).success).toBe(true);
  expect(wrappedRoot.safeParse({ ...least, memoryKiB: 19_455 }).success).toBe(false);
  expect(wrappedRoot.safeParse({ ...least, passes: 1 }).success).toBe(false);
  expect(page).toContain(`less than ${number(least.memoryKiB)} KiB or ${least.passes} passes`);
  expect(page).toContain(`merge a collection ${COMPACT_AFTER_MS / 1_000} seconds after`);
  expect(HAND_OVER_MS).toBe(5_000);
  expect(page).toContain('within five seconds');
});
