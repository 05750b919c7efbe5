import { expect } from 'vitest';

/** Waits until what is looked at is as expected: as long as a busy machine may need, and no longer than necessary. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 10 });
