import type { Reporter, TestModule } from 'vitest/node';

interface Tally {
  files: number;
  passed: number;
  failed: number;
  skipped: number;
  milliseconds: number;
}

/** Ends a run with what each suite (folder of test/) took, and with the line `N passed, N failed` that scripts read. */
export class SuiteReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const suites = new Map<string, Tally>();
    for (const module of modules) {
      const suite = /(?:^|\/)test\/([^/]+)\//.exec(module.moduleId)?.[1] ?? 'other';
      suites.set(suite, add(suites.get(suite), tallyOf(module)));
    }
    const total = [...suites.values()].reduce(add, undefined);
    console.log(`\n${'suite'.padEnd(12)}${['files', 'tests', 'seconds'].map((title) => title.padStart(9)).join('')}`);
    for (const [suite, tally] of [...suites].sort()) console.log(line(suite, tally));
    // An error outside of any test fails the run like a failed test does.
    console.log(`\n${total?.passed ?? 0} passed, ${(total?.failed ?? 0) + unhandledErrors.length} failed`);
  }
}

function tallyOf(module: TestModule): Tally {
  const tests = [...module.children.allTests()];
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
  // A file that cannot be loaded has no test that could fail.
  const failed = Math.max(count('failed'), module.state() === 'failed' ? 1 : 0);
  return {
    files: 1,
    passed: count('passed'),
    failed,
    skipped: count('skipped'),
    milliseconds: environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration,
  };
}

function add(a: Tally | undefined, b: Tally): Tally {
  if (a === undefined) return b;
  return {
    files: a.files + b.files,
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    milliseconds: a.milliseconds + b.milliseconds,
  };
}

/** Seconds are those of all files of a suite together: with two workers a run takes about half of their sum. */
function line(suite: string, { files, passed, failed, skipped, milliseconds }: Tally): string {
  const columns = [String(files), String(passed + failed), (milliseconds / 1000).toFixed(1)];
  const notes = [failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`].filter(
    (note) => note !== false,
  );
  return `${suite.padEnd(12)}${columns.map((column) => column.padStart(9)).join('')}  ${notes.join(', ')}`.trimEnd();
}
