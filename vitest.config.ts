import { defineConfig } from 'vitest/config';
import { SuiteReport } from './tools/project/suite-report.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/node_modules/**'],
    reporters: ['default', new SuiteReport()],
    // Two cores, and suites that start real servers: more workers than cores only adds noise.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
