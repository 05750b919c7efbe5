import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { FLEET_FUNCTION_NAMES, FUNCTION_NAMES } from '../../infra/boundaries.ts';
import { build } from '../../infra/bundle.ts';
import { render } from '../support/render-intrinsics.ts';
import { FLEET, JWT, synthesize } from '../support/synthesize.ts';

/** Lambda loads the whole module before it runs the first line: every kilobyte is cold-start time. */
const MAX_BYTES = 400_000;

const ALL = [...FUNCTION_NAMES, ...FLEET_FUNCTION_NAMES];

const environment = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) });
const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), 'sotto-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('every folder of functions with a handler is deployed', () => {
  const functions = new URL('../../functions/', import.meta.url);
  const withHandler = readdirSync(functions, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(new URL(`${entry.name}/`, functions)).includes('handler.ts'))
    .map(({ name }) => name);
  expect(withHandler.toSorted()).toEqual(ALL.toSorted());
});

/** The variables that the template gives each function, with the references in their values made plain. */
const variablesOf = new Map(
  synthesize({ admission: JWT, relay: { ...FLEET, minimum: 0 } })
    .ofType('AWS::Lambda::Function')
    .map(([id, { Properties }]) => [id, environment.parse(Properties).Environment.Variables]),
);

describe.each(ALL)('the bundle of %s', (name) => {
  const outfile = join(folder, name, 'index.mjs');
  const { outputs } = build(name, outfile);

  it('is small', () => {
    expect(Object.values(outputs).map(({ bytes }) => bytes)).toEqual([expect.toSatisfy((bytes) => bytes < MAX_BYTES)]);
  });

  it('is complete: it imports nothing but Node itself', () => {
    const imports = Object.values(outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect(imports.filter((path) => !isBuiltin(path))).toEqual([]);
  });

  it('starts with the environment that the template gives the function, and has a handler', async () => {
    const prefix = `Functions${name.replaceAll('-', '')}function`.toLowerCase();
    const [, variables = {}] = [...variablesOf].find(([id]) => id.toLowerCase().startsWith(prefix)) ?? [];
    const env = Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, plain(render(value))]));
    const script = `const { handler } = await import(${JSON.stringify(outfile)}); console.log(typeof handler);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      env: { AWS_REGION: 'eu-central-1', ...env },
    });
    expect(stdout).toBe('function\n');
  });
});

function plain(value: string): string {
  return value
    .replaceAll(/[<>]/g, '')
    .replace('AWS::URLSuffix', 'amazonaws.com')
    .replace(/^RelaySecret$/, 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:Relay');
}
