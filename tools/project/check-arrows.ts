import { fileURLToPath } from 'node:url';
import { violationsIn } from './arrows.ts';

const violations = violationsIn(fileURLToPath(new URL('../../', import.meta.url)));
for (const line of violations) console.error(line);
if (violations.length > 0) process.exitCode = 1;
