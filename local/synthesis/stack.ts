import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Refusal } from '../refusal.ts';
import { cachedAssembly } from './cache.ts';

const root = join(import.meta.dirname, '../..');

/** What the template and the bundles are made from. */
export const INPUTS = ['cdk.json', 'package-lock.json', 'tsconfig.json', 'infra', 'functions', 'shared'];

/** Says of an execution that it failed what it wrote. */
const failure = (error: unknown): string =>
  error instanceof Error && 'stderr' in error ? String(error.stderr).trim() || error.message : String(error);

/**
 * The synthesized stack of a stage, as `cdk deploy` would upload it, but that a stage without relays gets one; synthesized anew only when its sources
 * have changed.
 * @param onMiss called before a synthesis, which takes some ten seconds
 * @returns the directory of the assembly
 * @throws Refusal with what the synthesis complained of
 */
export function synthesizeStack(stage: string, onMiss: () => void = () => {}): Promise<string> {
  return cachedAssembly({
    directory: join(root, '.sotto', 'assembly'),
    root,
    inputs: INPUTS,
    variant: stage,
    onMiss,
    synthesize: async (output) => {
      const cdk = join(root, 'node_modules', '.bin', 'cdk');
      try {
        await promisify(execFile)(
          cdk,
          ['synth', '--quiet', '--context', `stage=${stage}`, '--context', 'relay=local', '--output', output],
          {
            cwd: root,
          },
        );
      } catch (error) {
        throw new Refusal(`The stack of stage ${stage} cannot be synthesized:\n${failure(error)}`);
      }
    },
  });
}
