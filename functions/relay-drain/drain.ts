import * as z from 'zod/mini';
import { encodeEvent } from '../../shared/protocol/frames.ts';
import { relayId } from '../../shared/protocol/relay.ts';
import type { Posts } from '../../shared/store/posts.ts';
import type { RelayLeases } from '../../shared/store/relay-leases.ts';
import type { RelayRegistry } from '../../shared/store/relays.ts';
import { UnavailableError } from '../../shared/store/retry.ts';

export interface DrainWith {
  readonly registry: Pick<RelayRegistry, 'list'>;
  readonly leases: Pick<RelayLeases, 'holders' | 'end'>;
  readonly posts: Pick<Posts, 'post'>;
}

/** What a relay invokes this function with. */
const invocation = z.strictObject({ relay: relayId });

/** Posts under way at once: a full relay's are out in seconds, and pushes of messages have room beside them. */
const PARALLEL = 25;

/**
 * Tells everybody who was lately given a relay that it drains. Leases are read after the relay is marked: who gets one later is given
 * another relay. Repeating it is harmless, as clients ignore relays that they do not use (any more).
 *
 * @throws UnavailableError when somebody could not be told; Lambda then invokes it again
 */
export function drain({ registry, leases, posts }: DrainWith) {
  return async (event: unknown): Promise<void> => {
    const { relay } = z.parse(invocation, event);
    const record = (await registry.list()).find((candidate) => candidate.relay === relay);
    // Whoever may invoke this function must not be able to chase calls away from a relay that works.
    if (record?.state === 'active') return;
    const frame = encodeEvent({ event: 'relay.draining', relay });
    const holders = await leases.holders(relay);
    let failed = false;
    for (let i = 0; i < holders.length; i += PARALLEL) {
      await Promise.all(
        holders.slice(i, i + PARALLEL).map(async (connection) => {
          const outcome = await posts.post(connection, frame);
          if (outcome === 'gone') await leases.end(relay, connection);
          failed ||= outcome === 'failed';
        }),
      );
    }
    if (failed) throw new UnavailableError('not everybody was told');
  };
}
