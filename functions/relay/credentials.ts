import type { ReplyOf } from '../../shared/protocol/actions.ts';
import type { Connections } from '../../shared/store/connections.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

/**
 * Where the relays of a deployment come from: what a connection is given for a call. Both parties of a call get the same first relay.
 */
export type RelaySource = (call: Uint8Array, connection: string) => Promise<ReplyOf<'relay.credentials'>>;

export interface CredentialsWith {
  readonly connections: Pick<Connections, 'read'>;
  readonly limits: RateLimits;
  readonly relays: RelaySource;
}

/** Lets a device use a relay for ten minutes. */
export function credentials({
  connections,
  limits,
  relays,
}: CredentialsWith): Action<'relay.credentials', DeviceCaller> {
  return async ({ call }, caller) => {
    requireCurrent(await connections.read(caller.account, caller.device), caller);
    await requireRate(limits, 'relay', caller.account);
    return relays(call, caller.connection);
  };
}

/** A deployment without relays. */
export const noRelays: RelaySource = async () => ({ status: 'none', relays: [] });
