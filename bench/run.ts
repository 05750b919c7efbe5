import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark, Row } from './row.ts';
import { table } from './table.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const rows: Row[] = [];
for (const file of chosen(positionals)) {
  const benchmark: Benchmark = await import(`${FOLDER}${file}`);
  rows.push(...(await benchmark.run()));
}
console.log(values.json ? JSON.stringify(rows, null, 2) : table(rows));

/** All benchmarks, or those with one of the names in their path. */
function chosen(names: readonly string[]): string[] {
  const files = globSync('**/*-bench.ts', { cwd: FOLDER }).toSorted();
  const found = files.filter((file) => names.length === 0 || names.some((name) => file.includes(name)));
  if (found.length > 0) return found;
  console.error(`No benchmark is named ${names.join(' or ')}. There are: ${files.join(', ')}`);
  process.exit(1);
}
