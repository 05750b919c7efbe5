import type { RelayRecord } from '../../shared/store/relay-items.ts';
import type { RelayLeases } from '../../shared/store/relay-leases.ts';
import type { RelayService, RelayServiceState } from '../../shared/store/relay-service.ts';
import type { RelayRegistry } from '../../shared/store/relays.ts';
import type { Turns } from '../../shared/store/turns.ts';
import { planFor } from './plan.ts';

export interface ReconcileWith {
  readonly registry: Pick<RelayRegistry, 'list' | 'drain' | 'forget'>;
  readonly service: Pick<RelayService, 'read' | 'setDesired'>;
  readonly leases: Pick<RelayLeases, 'holders'>;
  readonly turns: Turns;
  readonly minimum: number;
  readonly now: () => number;
}

/** Longer than a run may take (the function's time limit is 10 s), shorter than the minute between two runs. Milliseconds. */
const TURN_MS = 20_000;

/**
 * A relay that is younger may be on its way for a caller who has no lease yet; an older one without leases has carried no call for as
 * long, because calls renew theirs. Milliseconds.
 */
const QUIET_MS = 15 * 60_000;

/** Compares what relays say of themselves with the tasks that run, and has done what follows. Repeating it is harmless. */
export function reconcile({ registry, service, leases, turns, minimum, now }: ReconcileWith) {
  const isQuiet = async ({ desired, tasks }: RelayServiceState, records: readonly RelayRecord[]): Promise<boolean> => {
    if (minimum > 0 || desired === 0 || tasks.length === 0) return false;
    if (tasks.some(({ created }) => created + QUIET_MS > now())) return false;
    const held = await Promise.all(records.map(({ relay }) => leases.holders(relay)));
    return held.every((holders) => holders.length === 0);
  };

  return async (): Promise<void> => {
    if (!(await turns.take('reconciler', TURN_MS))) return;
    // In this order: a relay registers after its task is there, so a record that was found has a task, or had one.
    const records = await registry.list();
    const state = await service.read();
    const quiet = await isQuiet(state, records);
    const plan = planFor({ records, service: state, minimum, quiet, now: now() });
    for (const { relay, heartbeat } of plan.forget) await registry.forget(relay, heartbeat);
    // Before the count is lowered: a relay that drains is handed out no more, whichever of them ECS ends.
    for (const { relay } of plan.drain) await registry.drain(relay);
    if (plan.desired !== undefined) await service.setDesired(plan.desired);
  };
}
