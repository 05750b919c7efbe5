import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Installs the packages of test/interop when its lock file is newer than what is there. They are AGPL, so they are no
 * dependency of Sotto: only the commands that test, check or measure fetch them.
 */
const INTEROP = fileURLToPath(new URL('../../test/interop/', import.meta.url));

/** npm writes this file at the end of a complete installation. */
const installed = statSync(`${INTEROP}node_modules/.package-lock.json`, { throwIfNoEntry: false });
const wanted = statSync(`${INTEROP}package-lock.json`);

if (installed === undefined || installed.mtimeMs < wanted.mtimeMs) {
  const { status } = spawnSync('npm', ['ci', '--prefix', INTEROP], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error('The packages of test/interop could not be installed. Run: npm ci --prefix test/interop');
    process.exitCode = 1;
  }
}
