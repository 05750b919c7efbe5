import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { COMPUTED, importsOf } from './imports.ts';

interface Arrows {
  /** The folders (or files) of this repository that may be imported from, beside the folder itself. */
  readonly to: readonly string[];
  /** The packages that may be imported, by prefix; `node:` stands for Node itself. Anything, where it is left out. */
  readonly packages?: readonly string[];
}

const EVERYTHING = [''];

/**
 * Which folder may import from which. The most specific entry counts for a file; what is in no entry may import
 * nothing.
 */
export const ARROWS: Readonly<Record<string, Arrows>> = {
  'shared/environment.ts': { to: [], packages: [] },
  // Judged alike by server and client, on any platform.
  'shared/protocol': { to: [], packages: ['zod/mini', '@noble/'] },
  'shared/trust': { to: ['shared/protocol'], packages: ['zod/mini', '@noble/'] },
  'shared/store': { to: ['shared/protocol', 'shared/trust', 'shared/environment.ts'] },
  functions: { to: ['shared'] },
  // The container that relays calls, and its client. It brings up coturn and tells the table about it.
  relay: { to: ['shared/store', 'shared/environment.ts'] },
  infra: { to: ['shared/environment.ts', 'relay/bundle.ts'] },
  // Runs the output of `cdk synth`, so that nothing can pass here and fail there.
  local: { to: ['shared/environment.ts', 'relay/bundle.ts'] },
  client: { to: ['shared/protocol', 'shared/trust'] },
  web: { to: ['client'] },
  tools: { to: ['client', 'shared/protocol', 'shared/trust', 'shared/environment.ts'] },
  // Speaks to the tables of a deployment with the operator's own credentials.
  'tools/operator': { to: ['shared/store'] },
  'tools/project': { to: [] },
  bench: { to: EVERYTHING },
  test: { to: EVERYTHING },
  'vitest.config.ts': { to: ['tools/project'] },
  'vitest.soak.config.ts': { to: ['tools/project', 'vitest.config.ts'] },
};

/** The AWS SDK is for the stores, and for what stands in for AWS or measures it. */
const SDK = ['@aws-sdk/', '@smithy/'];
const SDK_USERS = ['shared/store', 'relay/aws', 'tools/operator', 'local', 'test', 'bench'];

/** What loads modules by a path it is given: bundles, benchmarks. */
const LOADERS = ['local', 'test', 'bench'];

const SOURCES = ['*.ts', '{shared,functions,infra,relay,local,client,web,tools,bench,test}/**/*.{ts,tsx}'];
const NOT_OURS = ['**/node_modules/**', '**/dist/**'];

/**
 * Every import under a folder that breaks the arrows, as one line each. Nothing is resolved beyond the path: the
 * compiler has checked that files exist.
 * @param root the folder of the repository, or of a copy
 */
export function violationsIn(root: string): string[] {
  const files = globSync(SOURCES, { cwd: root, exclude: NOT_OURS });
  return files.toSorted().flatMap((file) =>
    importsOf(file, readFileSync(join(root, file), 'utf8')).flatMap((specifier) => {
      const reason = violation(file, specifier);
      return reason === undefined ? [] : [`${file} imports ${specifier}: ${reason}`];
    }),
  );
}

function violation(file: string, specifier: string): string | undefined {
  const home = homeOf(file);
  const arrows = home === undefined ? undefined : ARROWS[home];
  if (home === undefined || arrows === undefined) return 'no arrows are drawn for this file';
  if (specifier === COMPUTED)
    return LOADERS.includes(home) ? undefined : `computed imports are for ${LOADERS.join(', ')}`;
  const ours = pathInRepository(file, specifier);
  if (ours !== undefined) {
    const allowed = isWithin(ours, home) ? homeOf(ours) === home : arrows.to.some((folder) => isWithin(ours, folder));
    return allowed ? undefined : `${home} may import from ${arrows.to.join(', ') || 'itself'} only`;
  }
  if (SDK.some((prefix) => specifier.startsWith(prefix)) && !SDK_USERS.some((folder) => isWithin(file, folder))) {
    return `the SDK is for ${SDK_USERS.join(', ')}`;
  }
  const name = isBuiltin(specifier) ? `node:${specifier.replace(/^node:/, '')}` : specifier;
  if (arrows.packages === undefined || arrows.packages.some((prefix) => name.startsWith(prefix))) return undefined;
  return `${home} may use ${arrows.packages.join(', ') || 'no package'} only`;
}

/** The entry of ARROWS that a path belongs to: the longest one. */
function homeOf(path: string): string | undefined {
  return Object.keys(ARROWS)
    .filter((home) => isWithin(path, home))
    .sort((a, b) => b.length - a.length)[0];
}

/** A relative import, or one of the workspace by its name, as a path from the root. Anything else is a package. */
function pathInRepository(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier);
  if (specifier === '@sotto/client' || specifier.startsWith('@sotto/client/')) return specifier.slice('@sotto/'.length);
  return undefined;
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
