import { createHash } from 'node:crypto';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import type { PreKeyBundle } from '../../shared/protocol/prekeys.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { PreKeys, Taken } from '../../shared/store/prekeys.ts';
import type { Pushes } from '../../shared/store/pushes.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireContact } from '../contact.ts';
import { requireDistinct, statusOf } from '../devices.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';
import { askForMore } from './low.ts';

export interface FetchWith {
  readonly directory: Directory;
  readonly preKeys: Pick<PreKeys, 'take'>;
  readonly pushes: Pick<Pushes, 'push'>;
  readonly limits: RateLimits;
}

/** Hands out keys to begin sessions with. Each device succeeds or fails alone. */
export function fetch(given: FetchWith): Action<'prekeys.fetch', DeviceCaller> {
  return async ({ account, token, devices }, caller) => {
    requireDistinct(devices);
    const found = await given.directory.read([account], [caller]);
    requireCurrent(found.presence(caller), caller);
    const head = requireContact(found.head(account), { account, token }, caller);
    await requireRate(given.limits, 'fetch', caller.account, devices.length);
    await requireRate(given.limits, 'fetchFromOne', pairOf(caller.account, account), devices.length);

    const judged = devices.map((device) => ({ device: { account, ...device }, status: statusOf(head, device) }));
    const listed = judged.filter(({ status }) => status === 'listed').map(({ device }) => device);
    const taken = await given.preKeys.take(listed);
    const served = listed.flatMap((device, i) => (taken[i] ? [{ device, taken: taken[i] }] : []));
    await askForMore(served, given);
    const isServed = (device: Installation) => served.some((one) => one.device === device);
    return {
      bundles: served.map((one) => bundleOf(one.device, one.taken)),
      failed: judged
        .filter(({ device }) => !isServed(device))
        .map(({ device: { device }, status }) => ({ device, reason: status === 'listed' ? 'unavailable' : status })),
    };
  };
}

function bundleOf({ device, registration }: Installation, { signed, kem, lastResort, ec }: Taken): PreKeyBundle {
  const bundle = { device, registration, signed, kem, lastResort };
  return ec ? { ...bundle, ec } : bundle;
}

/** A hash: the table need not say in plain text who wants to write to whom. */
function pairOf(caller: string, target: string): string {
  return base64UrlEncode(
    createHash('sha256')
      .update(utf8(`${caller}#${target}`))
      .digest(),
  );
}
