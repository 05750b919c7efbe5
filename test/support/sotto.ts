import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageSettings } from '../../infra/config.ts';
import { type CloudOptions, type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { synthesizeStack } from '../../local/synthesis/stack.ts';
import { assemblyWith } from './assembly-with.ts';

/** A local cloud that runs the real stack. */
export interface Sotto extends LocalCloud {
  /** Output of the synthesis: the template and the bundles. */
  readonly assembly: string;
  /** What the functions have logged: kept for the test, not printed. */
  readonly log: readonly string[];
}

/**
 * The real stack on a fresh, empty local cloud. Closing it removes its data.
 *
 * @param stage one of infra/stages.ts; in `dev` anyone may create an account. Or what is different from `dev`
 */
export async function startSotto(
  options: Partial<CloudOptions> = {},
  stage: string | Partial<StageSettings> = 'dev',
): Promise<Sotto> {
  const assembly = typeof stage === 'string' ? await synthesizeStack(stage) : await assemblyWith(stage);
  const data = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  const log: string[] = [];
  const cloud = await startLocalCloud({ assembly, data, log: (text) => void log.push(text), ...options });
  const close = async (): Promise<void> => {
    await cloud.close();
    await rm(data, { recursive: true, force: true });
  };
  return { ...cloud, assembly, log, close };
}
