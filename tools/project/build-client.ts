// The client as a package: JavaScript and declarations of it and of the parts of shared/ that it uses, and the license.

import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const client = `${root}client`;

rmSync(`${client}/dist`, { recursive: true, force: true });
execFileSync(`${root}node_modules/.bin/tsc`, ['-p', `${client}/tsconfig.build.json`], { stdio: 'inherit' });
copyFileSync(`${root}LICENSE`, `${client}/dist/LICENSE`);
