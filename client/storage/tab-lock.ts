// One tab at a time: a Web Lock says who, and a tab that wants the store asks the one that has it over a BroadcastChannel. A tab that
// does not answer (the browser froze it) loses the lock; that it then writes nothing is the database's doing, not the lock's.

import { StorageError } from './storage-error.ts';

/** How long a tab has to finish when it is asked for the store. */
export const HAND_OVER_MS = 5_000;

const ASK = 'hand over';

export interface TabLockOptions {
  /** Ask for the lock when another tab has it, and after {@link HAND_OVER_MS} take it. */
  readonly takeOver: boolean;
  /** Called when another tab asks for the lock, and when it has taken it. Call `release` when done. */
  readonly onTakenOver: () => void;
  /** Milliseconds; default {@link HAND_OVER_MS}. */
  readonly handOverMs?: number;
}

export interface TabLock {
  /** Lets the next tab in. Harmless when repeated. */
  release(): void;
}

/** @throws StorageError IN_USE when another tab has the lock and `takeOver` is not set */
export async function acquireTabLock(name: string, options: TabLockOptions): Promise<TabLock> {
  const { takeOver, handOverMs = HAND_OVER_MS } = options;
  const free = await request(name, options, { ifAvailable: true });
  if (free) return free;
  if (!takeOver) throw new StorageError('IN_USE', 'another tab has the store open');
  const channel = new BroadcastChannel(name);
  channel.postMessage(ASK);
  channel.close();
  const given = await request(name, options, { signal: AbortSignal.timeout(handOverMs) });
  if (given) return given;
  const taken = await request(name, options, { steal: true });
  if (!taken) throw new StorageError('IN_USE', 'another tab has the store open');
  return taken;
}

/** The lock, or undefined when it is not to be had this way. */
function request(name: string, options: TabLockOptions, how: LockOptions): Promise<TabLock | undefined> {
  return new Promise((resolve, reject) => {
    let stopListening: (() => void) | undefined;
    const held = navigator.locks.request(name, how, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((release) => {
        stopListening = listen(name, options.onTakenOver);
        resolve({
          release() {
            stopListening?.();
            release();
          },
        });
      });
    });
    held.catch((error: unknown) => {
      if (!stopListening) return isTimeout(error) ? resolve(undefined) : reject(error);
      // Stolen: the lock was ours and is not any more.
      stopListening();
      options.onTakenOver();
    });
  });
}

/** Calls back when a tab asks for the lock. */
function listen(name: string, onAsked: () => void): () => void {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data === ASK) onAsked();
  };
  return () => channel.close();
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';
