import { defineConfig } from 'vitest/config';
import { SuiteReport } from './tools/project/suite-report.ts';

export default defineConfig({
  test: {
    reporters: ['default', new SuiteReport()],
    // Two cores, and suites that start real servers: more workers than cores only adds noise.
    maxWorkers: 2,
    // Real browsers and processes on noisy machines: CI tries a test twice, and says so beside its name. What is broken fails twice.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'suites',
          include: ['test/**/*.test.ts'],
          exclude: ['test/infra/**', 'test/interop/node_modules/**'],
        },
      },
      // The CDK takes seconds to load; its files share what was loaded, and nothing else.
      { extends: true, test: { name: 'infra', include: ['test/infra/**/*.test.ts'], isolate: false } },
    ],
  },
});
