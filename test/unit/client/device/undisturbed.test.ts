import { describe, expect, it } from 'vitest';
import { undisturbed } from '../../../../client/device/undisturbed.ts';
import { ProtocolError } from '../../../../client/signal-protocol/index.ts';

/** Work that something else disturbs so many times. */
function disturbed(times: number, code: 'CONCURRENT_CHANGE' | 'NO_SESSION' = 'CONCURRENT_CHANGE') {
  const tried = { times: 0 };
  const work = async () => {
    tried.times += 1;
    if (tried.times <= times) throw new ProtocolError(code, 'disturbed');
    return 'done';
  };
  return { tried, work };
}

describe('work on a session that something else changes meanwhile', () => {
  it('is done again until nothing comes between', async () => {
    const { tried, work } = disturbed(4);
    expect(await undisturbed(work)).toBe('done');
    expect(tried.times).toBe(5);
  });

  it('is given up when that happens five times in a row', async () => {
    const { tried, work } = disturbed(5);
    await expect(undisturbed(work)).rejects.toMatchObject({ code: 'CONCURRENT_CHANGE' });
    expect(tried.times).toBe(5);
  });

  it('is not done again after any other failure', async () => {
    const { tried, work } = disturbed(1, 'NO_SESSION');
    await expect(undisturbed(work)).rejects.toMatchObject({ code: 'NO_SESSION' });
    expect(tried.times).toBe(1);
  });
});
