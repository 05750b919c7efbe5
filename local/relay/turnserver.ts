import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where distributions put what serves; not on everybody's PATH. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin'];

/** What a person types to have coturn. */
export const INSTALL_COMMAND =
  process.platform === 'darwin' ? 'brew install coturn' : 'sudo apt-get install --no-install-recommends coturn';

/** The unit that Debian's package brings, and would start at every boot. */
const UNIT = '/etc/systemd/system/coturn.service';

/** The path of coturn's turnserver, which is installed if that is possible: as root, on Debian and its relatives. */
export function findTurnserver(): string | undefined {
  return onPath() ?? (install() ? onPath() : undefined);
}

function onPath(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, 'turnserver')).find(isExecutable);
}

/** The program and never the service: that would serve the whole network, with the settings of the package. */
function install(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  try {
    if (existsSync('/etc/systemd/system') && !existsSync(UNIT)) symlinkSync('/dev/null', UNIT);
    // RUNLEVEL=1: the package's scripts start nothing in single-user mode.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    execFileSync('apt-get', ['update'], { stdio: 'ignore', env });
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'coturn'], { stdio: 'ignore', env });
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
