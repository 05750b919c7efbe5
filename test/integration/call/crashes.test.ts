import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { CrashWorld } from './crash-world.ts';

/** Those in which nothing but a limit of time ends the call; crashes.soak.ts has all of them. */
const CRASHES = [
  ['ringing', 'alice'],
  ['ringing', 'phone'],
  ['answered, and the caller does not hear it', 'phone'],
  ['connecting', 'alice'],
  ['connected', 'phone'],
  ['interrupted', 'alice'],
  ['taking over', 'laptop'],
] as const;

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.open();
}, 240_000);
afterAll(() => world?.close());
beforeEach(() => world.reset());

describe('a program that ends', { timeout: 120_000 }, () => {
  it.each(CRASHES)('while %s: %s', (state, name) => world.crash(state, name));
});
