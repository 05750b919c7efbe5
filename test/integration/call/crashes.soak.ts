import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { CrashWorld, HANDOVERS, STATES } from './crash-world.ts';

const CRASHES = STATES.flatMap((state) => {
  const who = HANDOVERS.includes(state) ? (['alice', 'phone', 'laptop'] as const) : (['alice', 'phone'] as const);
  return who.map((name) => [state, name] as const);
});

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.open();
}, 240_000);
afterAll(() => world?.close());
beforeEach(() => world.reset());

describe('a program that ends', () => {
  it.each(CRASHES)('while %s: %s', (state, name) => world.crash(state, name));
});
