import type { RelayRecord } from '../../shared/store/relay-items.ts';
import type { RelayServiceState } from '../../shared/store/relay-service.ts';
import { isUsable, RELAY_STALE_MS } from '../../shared/store/relays.ts';
import { victims } from './victims.ts';

/** What is known of the relays. The records were read before the service: a record without a task has outlived it. */
export interface Fleet {
  readonly records: readonly RelayRecord[];
  readonly service: RelayServiceState;
  /** Relays that run even when nobody calls. */
  readonly minimum: number;
  /** Nobody has asked for a relay for a quarter of an hour, nor has one been on its way for a caller. */
  readonly quiet: boolean;
  readonly now: number;
}

export interface Plan {
  /** Records of relays that are gone. */
  readonly forget: readonly RelayRecord[];
  /** Relays that take no new calls from now on, and end when they are empty. */
  readonly drain: readonly RelayRecord[];
  /** How many relays there are to be; absent when that is as it should be. */
  readonly desired?: number;
}

/** Per cent, of those that are left. The scaling adds a relay at 50: the room between keeps them from taking turns. */
const LOW_LOAD = 35;
/** A relay that has just started has no calls yet, and says nothing about how many are needed. Milliseconds. */
const SETTLED_MS = 10 * 60_000;

/**
 * What to do about a fleet. It never ends a relay: it lets relays drain, and lowers the count that ECS keeps, so that none takes the
 * place of one that has ended. A run that is cut short leaves what the next one finds and finishes.
 */
export function planFor(fleet: Fleet): Plan {
  const { records, service, now } = fleet;
  const deploymentOf = new Map(service.tasks.map(({ relay, deployment }) => [relay, deployment]));
  const forget = records.filter(
    ({ relay, heartbeat }) => !deploymentOf.has(relay) && heartbeat + RELAY_STALE_MS <= now,
  );
  const active = records.filter(({ relay, state }) => deploymentOf.has(relay) && state === 'active');
  const outdated = active.filter(({ relay }) => deploymentOf.get(relay) !== service.deployment);
  const current = active.filter((record) => !outdated.includes(record) && isUsable(record, now));

  if (fleet.quiet && fleet.minimum === 0 && service.desired > 0) return { forget, drain: active, desired: 0 };
  if (outdated.length > 0) {
    // Active relays are protected from ECS: a deployment waits until they are told to drain.
    return { forget, drain: current.length >= service.desired ? outdated : eldest(outdated, fleet) };
  }
  const surplus = current.length - service.desired;
  // Somebody lowered the count: a run that was cut short, or the operator.
  if (surplus > 0) return { forget, drain: victims(current, surplus) };
  if (!canSpareOne(fleet, current)) return { forget, drain: [] };
  return { forget, drain: victims(current, 1), desired: service.desired - 1 };
}

/**
 * Of relays of earlier deployments those that are too many already. ECS runs at most twice as many tasks as are wanted: where a deployment was overtaken by the
 * next, relays of the first two take up all the room, and the third waits for some to end.
 */
function eldest(outdated: readonly RelayRecord[], { records, service, now }: Fleet): RelayRecord[] {
  const usable = records.filter((record) => isUsable(record, now));
  const spare = Math.max(0, usable.length - service.desired);
  const candidates = outdated.filter((record) => isUsable(record, now));
  return candidates.toSorted((one, other) => one.started - other.started).slice(0, spare);
}

/** Whether one relay less would do, all being there and none on its way in or out. */
function canSpareOne({ records, service, minimum, now }: Fleet, current: readonly RelayRecord[]): boolean {
  const left = service.desired - 1;
  if (left < Math.max(minimum, 1) || current.length !== service.desired) return false;
  if (service.tasks.length !== current.length || records.some(({ state }) => state === 'draining')) return false;
  if (current.some(({ started }) => started + SETTLED_MS > now)) return false;
  return current.reduce((sum, { load }) => sum + load, 0) / left <= LOW_LOAD;
}
