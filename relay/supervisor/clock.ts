/** Every wait of the supervisor goes through one clock, so that a test can let an hour pass at once. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after so many milliseconds; the function returned cancels that. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Does something now, and again so many milliseconds after it is done, until the function returned is called. It must not reject. */
export function repeat(clock: Clock, milliseconds: number, task: () => Promise<void>): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const run = (): void => {
    void task().then(() => {
      if (!stopped) cancel = clock.after(milliseconds, run);
    });
  };
  run();
  return () => {
    stopped = true;
    cancel();
  };
}
