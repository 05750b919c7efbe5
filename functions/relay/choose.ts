import type { RelayRecord } from '../../shared/store/relay-items.ts';

const FULL = 100;

/**
 * The relays of a call, at most two: those it has already, and what is lacking by chance in proportion to free capacity. All parties
 * that begin between two heartbeats see the same load: the least loaded relay would get them all. The second is in another zone, if
 * there is one, so that both do not fail together.
 *
 * @param kept the call's own relays that may still be used, in their order
 * @param usable every relay that may be handed out
 * @param random from 0 up to 1
 */
export function chooseRelays(
  kept: readonly RelayRecord[],
  usable: readonly RelayRecord[],
  random: () => number,
): RelayRecord[] {
  const first = kept[0] ?? pick(usable, random);
  if (!first) return [];
  const others = usable.filter(({ relay }) => relay !== first.relay);
  const elsewhere = others.filter(({ zone }) => zone !== first.zone);
  const second = kept[1] ?? pick(elsewhere, random) ?? pick(others, random);
  return second ? [first, second] : [first];
}

/** A full relay is picked only when all are full. */
function pick(relays: readonly RelayRecord[], random: () => number): RelayRecord | undefined {
  const free = relays.filter(({ load }) => load < FULL);
  const candidates = free.length > 0 ? free : relays;
  const weightOf = ({ load }: RelayRecord) => Math.max(FULL - load, 1);
  let at = random() * candidates.reduce((sum, relay) => sum + weightOf(relay), 0);
  return candidates.find((relay) => {
    at -= weightOf(relay);
    return at < 0;
  });
}
