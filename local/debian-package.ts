import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts what only root runs; not on everybody's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** The first of these programs on PATH, else that of Debian's package, which is installed if that is possible. */
export function findProgram(names: readonly string[], debianPackage: string): string | undefined {
  return onPath(names) ?? (install(debianPackage) ? onPath(names) : undefined);
}

function onPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Only on Debian and its relatives, and only as root: anything else is for a person to decide. */
function install(debianPackage: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
