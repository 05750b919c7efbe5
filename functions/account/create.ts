import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { Publications } from '../../shared/store/publications.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import { type Acceptance, acceptNewAccount } from '../../shared/trust/acceptance.ts';
import type { GuestCaller } from '../caller.ts';
import { EVERYBODY, requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';
import type { Doorkeeper } from './admission.ts';
import { publicationOf } from './publication.ts';

export interface CreateWith {
  readonly door: Doorkeeper;
  readonly lists: Pick<DeviceLists, 'list'>;
  readonly publications: Pick<Publications, 'create'>;
  readonly limits: RateLimits;
}

/** Creates an account from its first list. Repeating it with the same list succeeds: nobody knows whether the first answer arrived. */
export function create({ door, lists, publications, limits }: CreateWith): Action<'account.create', GuestCaller> {
  return async (request) => {
    const accepted = acceptNewAccount(request.list);
    if (accepted.kind !== 'accepted') throw new ProtocolError('invalid-list', { reason: reasonOf(accepted) });
    const { content, hash } = accepted.pinned;
    const publication = publicationOf(accepted.pinned, { added: content.devices, removed: [] }, [request.prekeys]);
    const { account } = content;
    const created = { account, sequence: 1, hash };

    // This tells nobody who is here: the id is made of random bytes in the list.
    const existing = await lists.list(account, 1);
    if (existing) {
      if (constantTimeEqual(existing.hash, hash)) return created;
      throw new ProtocolError('account-exists');
    }
    const invite = await door.admit(request.admission);
    await requireRate(limits, 'create', EVERYBODY);
    const refusal = await publications.create(publication, request.tokens, invite);
    if (refusal === undefined) return created;
    if (refusal === 'key-taken') throw new ProtocolError('key-taken');
    // The same request may have come twice at once and the other one been first, which has used the invite up.
    const winner = await lists.list(account, 1);
    if (winner && constantTimeEqual(winner.hash, hash)) return created;
    throw new ProtocolError(winner ? 'account-exists' : 'admission-refused');
  };
}

function reasonOf(rejection: Exclude<Acceptance, { kind: 'accepted' }>): string {
  return rejection.kind === 'refused' ? rejection.code : rejection.kind;
}
