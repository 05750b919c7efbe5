import { defineConfig } from 'vitest/config';

/** Long runs with random schedules. Each prints the seed it used; SOTTO_SEED=<number> repeats it. */
export default defineConfig({
  test: {
    include: ['test/**/*.soak.ts'],
    exclude: ['test/interop/node_modules/**'],
    maxWorkers: 2,
    testTimeout: 60 * 60_000,
    hookTimeout: 60_000,
  },
});
