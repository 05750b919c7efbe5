import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type Metafile } from 'esbuild';

const FUNCTIONS = fileURLToPath(new URL('../functions/', import.meta.url));
const LAMBDA_CREDENTIALS = fileURLToPath(new URL('../shared/store/lambda-credentials.ts', import.meta.url));

/**
 * The code of one function as a single module, `index.mjs`, with the SDK inside: the runtime's own copy changes under
 * one's feet and starts slower. esbuild runs in this process; the image that CDK asks for is never pulled.
 * @param folder a folder of functions/ with a handler.ts
 */
export function bundle(folder: string): Code {
  return Code.fromAsset(`${FUNCTIONS}${folder}`, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('esbuild-runs-in-process'),
      local: {
        tryBundle(outputFolder) {
          build(folder, `${outputFolder}/index.mjs`);
          return true;
        },
      },
    },
  });
}

/** @throws when esbuild does: an import that cannot be found, a syntax error */
export function build(folder: string, outfile: string): Metafile {
  return buildModule(`${FUNCTIONS}${folder}/handler.ts`, outfile);
}

/** Any module with the settings of a function; benchmarks compare functions with modules that do less. */
export function buildModule(entry: string, outfile: string): Metafile {
  const { metafile } = buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // The SDK's CommonJS build is half as large again and takes more than twice as long to load.
    mainFields: ['module', 'main'],
    // What the SDK would search a machine for credentials with is a quarter of a bundle; Lambda has them in the
    // environment.
    alias: { '@aws-sdk/credential-provider-node': LAMBDA_CREDENTIALS },
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  return metafile;
}
