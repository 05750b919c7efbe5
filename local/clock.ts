/** Every timer of the local cloud goes through one clock, so that a test can let ten minutes pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after so many milliseconds; the function returned cancels that. Does not keep the process alive. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Longest wait of `setTimeout`; it takes a longer one for none at all. */
const LONGEST_WAIT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_WAIT)).unref();
    return () => clearTimeout(timer);
  },
};

/** Calls again and again with so many milliseconds between the end of one call and the start of the next. The function returned stops it. */
export function repeat(clock: Clock, milliseconds: number, task: () => Promise<void>): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const schedule = (): void => {
    cancel = clock.after(milliseconds, () => {
      void task().finally(() => {
        if (!stopped) schedule();
      });
    });
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}
