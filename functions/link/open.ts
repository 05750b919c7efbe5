import { ProtocolError } from '../../shared/protocol/errors.ts';
import { encodeEvent } from '../../shared/protocol/frames.ts';
import type { Posts } from '../../shared/store/posts.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { Rendezvous } from '../../shared/store/rendezvous.ts';
import type { Caller } from '../caller.ts';
import { EVERYBODY, requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

export interface LinkOpenWith {
  readonly rendezvous: Pick<Rendezvous, 'enter'>;
  readonly posts: Pick<Posts, 'post'>;
  readonly limits: RateLimits;
}

/** Enters a room, and tells the one who waits in it. */
export function open({ rendezvous, posts, limits }: LinkOpenWith): Action<'link.open', Caller> {
  return async ({ room }, { connection }) => {
    await requireRate(limits, 'link', EVERYBODY);
    const entered = await rendezvous.enter(room, connection);
    if (!entered) throw new ProtocolError('link-full');
    const { peer, expires } = entered;
    if (peer === undefined) return { peer: false, expires };
    const outcome = await posts.post(peer, encodeEvent<'link'>({ event: 'link', room }));
    return { peer: outcome !== 'gone', expires };
  };
}
