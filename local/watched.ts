import { type ChildProcess, spawn } from 'node:child_process';

/**
 * The shell becomes the program, after leaving behind a watcher that waits for the end of this process on a pipe: whatever way this process ends,
 * SIGKILL included, the pipe closes and the program goes with it. A line on the pipe tells the watcher that the program ended by itself.
 */
const WATCHED = '(read _ <&3 || kill -9 $$) & exec "$@" 3<&-';

/** Starts a program that does not outlive this process and does not keep it alive, with these environment variables and no others. */
export function spawnWatched(
  program: string,
  args: readonly string[],
  { env, stdout }: { env: Record<string, string>; stdout: 'pipe' | 'ignore' },
): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCHED, 'sh', program, ...args], {
    stdio: ['ignore', stdout, 'pipe', 'pipe'],
    env,
    // Not in the group of the terminal: Ctrl-C is for this process, which ends the program when nobody needs it any more.
    detached: true,
  });
  const watcher = child.stdio[3];
  // Whoever kills the program may have killed its watcher as well: then nobody is left to tell.
  watcher?.on('error', () => {});
  child.once('exit', () => {
    if (watcher && 'end' in watcher) watcher.end('ended\n');
  });
  child.unref();
  return child;
}
