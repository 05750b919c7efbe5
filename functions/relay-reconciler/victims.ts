import type { RelayRecord } from '../../shared/store/relay-items.ts';

/**
 * Which relays to let drain, one after the other: always from a zone that has most of those left, so that no zone runs empty before
 * the others; there the one with the least load, because it disturbs the fewest calls; of equals the oldest.
 */
export function victims(relays: readonly RelayRecord[], count: number): RelayRecord[] {
  const left = new Set(relays);
  const chosen: RelayRecord[] = [];
  while (chosen.length < count && left.size > 0) {
    const inZone = Map.groupBy(left, ({ zone }) => zone);
    const most = Math.max(...[...inZone.values()].map(({ length }) => length));
    const candidates = [...inZone.values()].filter(({ length }) => length === most).flat();
    const victim = candidates.toSorted(byLoadAndAge)[0];
    if (!victim) break;
    left.delete(victim);
    chosen.push(victim);
  }
  return chosen;
}

function byLoadAndAge(one: RelayRecord, other: RelayRecord): number {
  return one.load - other.load || one.started - other.started || one.relay.localeCompare(other.relay);
}
