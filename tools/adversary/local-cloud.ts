import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const START = fileURLToPath(new URL('../../local/start.ts', import.meta.url));

export interface RunningCloud {
  readonly url: string;
  close(): Promise<void>;
}

/** The local cloud as a process of its own, on any free port, with nothing kept. @throws Error when it ends before it runs */
export async function startLocalCloud(): Promise<RunningCloud> {
  const cloud = spawn(process.execPath, [START, '--port', '0', '--ephemeral'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(cloud, 'exit');
  process.once('exit', () => cloud.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  cloud.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const url = /clients connect to\s+(\S+)/.exec(text)?.[1];
    if (url) resolve(url);
  });
  void ended.then(() => reject(new Error('the local cloud did not start')));
  return {
    url: await promise,
    async close() {
      cloud.kill('SIGTERM');
      await ended;
    },
  };
}
