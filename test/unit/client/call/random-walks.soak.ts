import { describe, it } from 'vitest';
import { soakSeed } from '../../../support/soak-seed.ts';
import { WALKS, walk } from './random-walks.ts';

describe('calls, in very many schedules at random', () => {
  it.each(Object.entries(WALKS))('%s', (name, found) => {
    walk(found, soakSeed(name), 10_000, 400);
  });
});
