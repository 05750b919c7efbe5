import type { TaskProtection } from '../aws/ecs.ts';

/** Minutes that one renewal lasts: a relay that hangs is given up by ECS after so long. */
const SLICE = 15;

/** Renewed after so long, milliseconds: two renewals may fail. */
const RENEWAL_MS = 5 * 60_000;

/** A drain is not protected for longer, milliseconds: CloudFormation gives up an update that waits for some three hours. */
export const LONGEST_DRAIN_MS = 60 * 60_000;

export interface Guard {
  /**
   * Called with every heartbeat: protects the task while calls go through it, and lets go when there are none.
   *
   * @param drainingSince milliseconds since 1970; undefined while it is active
   * @throws when ECS did not do it; the next call tries again
   */
  update(allocations: number, drainingSince: number | undefined): Promise<void>;
}

/** @param protection undefined where there is no ECS */
export function guard(protection: TaskProtection | undefined, now: () => number): Guard {
  let renewed: number | undefined;
  return {
    async update(allocations, drainingSince) {
      if (protection === undefined) return;
      if (allocations === 0) {
        if (renewed !== undefined) await protection.protect(0);
        renewed = undefined;
        return;
      }
      if (drainingSince !== undefined && now() - drainingSince + SLICE * 60_000 > LONGEST_DRAIN_MS) return;
      if (renewed !== undefined && now() - renewed < RENEWAL_MS) return;
      await protection.protect(SLICE);
      renewed = now();
    },
  };
}
