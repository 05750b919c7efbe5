import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/boundaries.ts';
import { build } from '../../infra/bundle.ts';

/** Lambda loads the whole module before it runs the first line: every kilobyte is cold-start time. */
const MAX_BYTES = 400_000;

const folder = mkdtempSync(join(tmpdir(), 'sotto-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('every folder of functions with a handler is deployed', () => {
  const functions = new URL('../../functions/', import.meta.url);
  const withHandler = readdirSync(functions, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(new URL(`${entry.name}/`, functions)).includes('handler.ts'))
    .map(({ name }) => name);
  expect(withHandler.toSorted()).toEqual([...FUNCTION_NAMES].toSorted());
});

describe.each(FUNCTION_NAMES)('the bundle of %s', (name) => {
  const { outputs } = build(name, join(folder, name, 'index.mjs'));

  it('is small', () => {
    expect(Object.values(outputs).map(({ bytes }) => bytes)).toEqual([expect.toSatisfy((bytes) => bytes < MAX_BYTES)]);
  });

  it('is complete: it imports nothing but Node itself', () => {
    const imports = Object.values(outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect(imports.filter((path) => !isBuiltin(path))).toEqual([]);
  });
});
