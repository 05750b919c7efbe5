import type { TaskProtection } from '../aws/ecs.ts';

/** Minutes that one renewal lasts: a relay that hangs is given up by ECS after so long. */
const SLICE = 15;

/** Renewed after so long, milliseconds: two renewals may fail. */
const RENEWAL_MS = 5 * 60_000;

/** A drain is not protected for longer, milliseconds: CloudFormation gives up an update that waits for some three hours. */
export const LONGEST_DRAIN_MS = 60 * 60_000;

/** What decides whether ECS may end the task. */
export interface Duty {
  readonly allocations: number;
  /** Whether the table has just taken the relay's word: relays of a stack that is gone must not hold on to their service. */
  readonly registered: boolean;
  /** Milliseconds since 1970; undefined while it is active. */
  readonly drainingSince: number | undefined;
}

export interface Guard {
  /**
   * Called before the relay registers and with every heartbeat. A relay that may be handed out is protected, with calls or without, so that ECS ends no other
   * one than the reconciler has let drain; one that drains is as long as calls go through it.
   *
   * @throws when ECS did not do it; the next call tries again
   */
  update(duty: Duty): Promise<void>;
}

export function guard(protection: TaskProtection, now: () => number): Guard {
  let renewed: number | undefined;
  return {
    async update({ allocations, registered, drainingSince }) {
      if (drainingSince !== undefined && allocations === 0) {
        if (renewed !== undefined) await protection.protect(0);
        renewed = undefined;
        return;
      }
      // The slice that lasts runs out.
      if (allocations === 0 && !registered) return;
      if (drainingSince !== undefined && now() - drainingSince + SLICE * 60_000 > LONGEST_DRAIN_MS) return;
      if (renewed !== undefined && now() - renewed < RENEWAL_MS) return;
      await protection.protect(SLICE);
      renewed = now();
    },
  };
}
