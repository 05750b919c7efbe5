import { ProtocolError } from '../../shared/protocol/errors.ts';
import { encodeEvent } from '../../shared/protocol/frames.ts';
import type { Posts } from '../../shared/store/posts.ts';
import type { Rendezvous } from '../../shared/store/rendezvous.ts';
import type { Caller } from '../caller.ts';
import type { Action } from '../routes.ts';

export interface LinkSendWith {
  readonly rendezvous: Pick<Rendezvous, 'peer'>;
  readonly posts: Pick<Posts, 'post'>;
}

/** Hands opaque bytes to the other party of a room. Nothing is kept: `unavailable` when it is not known to have got them. */
export function send({ rendezvous, posts }: LinkSendWith): Action<'link.send', Caller> {
  return async ({ room, data }, { connection }) => {
    const peer = await rendezvous.peer(room, connection);
    if (peer === 'outside') throw new ProtocolError('link-unknown');
    if (peer === undefined) throw new ProtocolError('peer-gone');
    const outcome = await posts.post(peer, encodeEvent<'link'>({ event: 'link', room, data }));
    if (outcome === 'gone') throw new ProtocolError('peer-gone');
    if (outcome === 'failed') throw new ProtocolError('unavailable');
    return {};
  };
}
