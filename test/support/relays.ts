import type { RelayRecord } from '../../shared/store/relay-items.ts';
import type { RelayServiceState, RelayTask } from '../../shared/store/relay-service.ts';

export const MINUTE = 60_000;
/** The deployment that the service starts tasks by, and the one before. */
export const CURRENT = 'ecs-svc/2';
export const PREVIOUS = 'ecs-svc/1';

/** A relay that has run for an hour, was heard of this second, and carries little. */
export function relayRecord(relay: string, now: number, change: Partial<RelayRecord> = {}): RelayRecord {
  return {
    relay,
    state: 'active',
    address: '192.0.2.1',
    ports: { udp: 3478, tcp: 3478 },
    zone: 'a',
    heartbeat: now,
    started: now - 60 * MINUTE,
    load: 5,
    secrets: ['00000000'],
    ...change,
  };
}

export function relayTask(relay: string, now: number, change: Partial<RelayTask> = {}): RelayTask {
  return { relay, deployment: CURRENT, created: now - 61 * MINUTE, ...change };
}

/** A service with a task for each of these. */
export function serviceOf(desired: number, tasks: readonly RelayTask[]): RelayServiceState {
  return { desired, deployment: CURRENT, tasks };
}
