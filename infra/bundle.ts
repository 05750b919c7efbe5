import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const FUNCTIONS = fileURLToPath(new URL('../functions/', import.meta.url));

/**
 * The code of one function as a single module, `index.mjs`, with the SDK inside: the runtime's own copy changes under one's feet and starts slower.
 * esbuild runs in this process; the image that CDK asks for is never pulled.
 * @param folder a folder of functions/ with a handler.ts
 */
export function bundle(folder: string): Code {
  const source = `${FUNCTIONS}${folder}`;
  return Code.fromAsset(source, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('esbuild-runs-in-process'),
      local: {
        tryBundle(outputFolder) {
          build(`${source}/handler.ts`, `${outputFolder}/index.mjs`);
          return true;
        },
      },
    },
  });
}

function build(entry: string, outfile: string): void {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The SDK's CommonJS build is half as large again and takes more than twice as long to load.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
}
