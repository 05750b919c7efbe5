import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The relay's program as a single module, for Node 24 and nothing else. @throws when esbuild does */
export function bundleRelay(outfile: string): void {
  buildSync({
    entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    // Parts of the SDK are CommonJS and ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}
