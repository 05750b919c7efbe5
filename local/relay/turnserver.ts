import { findProgram } from '../debian-package.ts';

/** What a person types to have coturn. */
export const INSTALL_COMMAND =
  process.platform === 'darwin' ? 'brew install coturn' : 'sudo apt-get install --no-install-recommends coturn';

/** The path of coturn's turnserver, which is installed if that is possible: the program and never the service. */
export function findTurnserver(): string | undefined {
  return findProgram(['turnserver'], 'coturn', 'coturn');
}
