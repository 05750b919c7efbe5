import type { FrankingKeys } from '../../shared/store/franking-keys.ts';
import { frankingWeek } from '../../shared/trust/franking.ts';

/** Makes the keys of this week and the next, and deletes those that have outlived every message they stamped. Runs daily; repeating it is harmless. */
export function rotate(keys: Pick<FrankingKeys, 'prepare' | 'forgetOld'>, now: () => number) {
  return async (): Promise<void> => {
    const week = frankingWeek(now());
    await keys.prepare(week);
    await keys.prepare(week + 1);
    await keys.forgetOld();
  };
}
