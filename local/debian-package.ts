import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where systems put what serves, or what only root runs; not on everybody's PATH. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/sbin', '/opt/homebrew/bin'];

const UNITS = '/etc/systemd/system';

/**
 * The first of these programs on PATH, else that of Debian's package, which is installed if that is possible: as root, on Debian and its relatives.
 *
 * @param service of the package, which is not to run: it would serve the whole network, with the settings of the package
 */
export function findProgram(names: readonly string[], debianPackage: string, service?: string): string | undefined {
  return onPath(names) ?? (install(debianPackage, service) ? onPath(names) : undefined);
}

function onPath(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Anything else is for a person to decide. */
function install(debianPackage: string, service: string | undefined): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  try {
    const unit = service === undefined ? undefined : join(UNITS, `${service}.service`);
    if (unit !== undefined && existsSync(UNITS) && !existsSync(unit)) symlinkSync('/dev/null', unit);
    // RUNLEVEL=1: the package's scripts start nothing in single-user mode.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    execFileSync('apt-get', ['update'], { stdio: 'ignore', env });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], { stdio: 'ignore', env });
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
