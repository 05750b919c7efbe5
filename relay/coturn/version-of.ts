import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The program, found by PATH. */
export const TURNSERVER = 'turnserver';

/**
 * The version of the coturn that is installed.
 *
 * @throws when there is none
 */
export async function installedVersion(): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(TURNSERVER, ['--version'], { timeout: 5_000, cwd: '/' });
  const version = /\b\d+\.\d+\.\d+\b/.exec(`${stdout}\n${stderr}`)?.[0];
  if (version === undefined) throw new Error('turnserver does not tell its version');
  return version;
}
