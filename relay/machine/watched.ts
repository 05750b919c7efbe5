import { type ChildProcess, spawn } from 'node:child_process';
import { NOBODY } from './nobody.ts';

/**
 * The shell becomes the program, after leaving behind a watcher that waits for the end of this process on a pipe: whatever way this process ends,
 * SIGKILL included, the program goes with it, and so does its folder. A line on the pipe tells the watcher that the program ended by itself.
 */
const WATCHED = '(read _ <&3 || { kill -9 $$; rm -rf -- "$0"; }) & exec "$@" 3<&-';

/**
 * Starts a program that does not outlive this process, without rights and with an environment of nothing but a PATH.
 *
 * @param folder what it keeps, for nobody after it
 */
export function spawnWatched(folder: string, command: string, args: readonly string[]): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WATCHED, folder, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    cwd: '/',
    // A signal of the terminal is for the supervisor.
    detached: true,
    ...NOBODY,
  });
  const watcher = child.stdio[3];
  // Whoever kills the program may have killed its watcher as well: then nobody is left to tell.
  watcher?.on('error', () => {});
  child.once('exit', () => {
    if (watcher && 'end' in watcher) watcher.end('ended\n');
  });
  return child;
}
