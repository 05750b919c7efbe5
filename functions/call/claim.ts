import { encodeEvent } from '../../shared/protocol/frames.ts';
import type { CallClaims } from '../../shared/store/call-claims.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { Pushes } from '../../shared/store/pushes.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

export interface ClaimWith {
  readonly directory: Directory;
  readonly claims: CallClaims;
  readonly pushes: Pick<Pushes, 'push'>;
  readonly limits: RateLimits;
}

/**
 * Takes a call for one device of an account, and tells the others. Whoever has the call tells again each time it asks: an environment
 * that dies between the claim and the telling is made good by the client's repetition.
 */
export function claim(given: ClaimWith): Action<'call.claim', DeviceCaller> {
  return async ({ call }, caller) => {
    const { account } = caller;
    const found = await given.directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    await requireRate(given.limits, 'claim', account);
    const outcome = await given.claims.claim(call, caller);
    if (!outcome.won) return outcome;
    const { device } = caller;
    const others = (found.head(account)?.devices ?? []).filter(({ id }) => id !== device);
    await tell(
      others.map(({ id }) => ({ account, device: id })),
      encodeEvent<'call.claimed'>({ event: 'call.claimed', call, device }),
      given,
    );
    return outcome;
  };
}

async function tell(
  devices: readonly { readonly account: string; readonly device: number }[],
  frame: string,
  { directory, pushes }: ClaimWith,
): Promise<void> {
  if (devices.length === 0) return;
  const found = await directory.read([], devices);
  await pushes.push(
    devices.flatMap((device) => {
      const to = found.presence(device);
      return to ? [{ to, frame }] : [];
    }),
  );
}
