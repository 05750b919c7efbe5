import type { RequestOf } from '../../shared/protocol/actions.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { EC_PREKEYS_PER_FRAME, KEM_PREKEYS_PER_FRAME, PREKEYS_PER_PAGE } from '../../shared/protocol/limits.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { Frame, PreKeyPages } from '../../shared/store/prekey-pages.ts';
import type { PreKeys } from '../../shared/store/prekeys.ts';
import type { RateLimits } from '../../shared/store/rate-limits.ts';
import { preKeySignatureHolds } from '../../shared/trust/prekey-signature.ts';
import type { DeviceCaller } from '../caller.ts';
import { requireCurrent } from '../membership.ts';
import { requireRate } from '../rate.ts';
import type { Action } from '../routes.ts';

export interface PublishWith {
  readonly directory: Directory;
  readonly preKeys: Pick<PreKeys, 'stock' | 'replace' | 'removeAll'>;
  readonly pages: PreKeyPages;
  readonly limits: RateLimits;
}

type Request = RequestOf<'prekeys.publish'>;

/** Part of a page, with the page's size when the frame is the last one. */
type Part = Frame & { readonly count?: number | undefined };

/** Stores keys of the caller's device. Everything is checked before anything is written. */
export function publish({ directory, preKeys, pages, limits }: PublishWith): Action<'prekeys.publish', DeviceCaller> {
  return async (request, caller) => {
    const parts = partsOf(request);
    const [found, stock] = await Promise.all([directory.read([caller.account], [caller]), preKeys.stock(caller)]);
    requireCurrent(found.presence(caller), caller);
    const device = found.head(caller.account)?.devices.find(({ id }) => id === caller.device);
    if (!device) throw new ProtocolError('not-current');
    await requireRate(limits, 'keys', caller.account);
    requireSignatures(request, device.identityKey);

    // Of a page that is published already, this is a repetition: its keys may have been handed out and stay as they are.
    const unpublished = parts.filter((part) => part.page !== stock[part.kind].page);
    for (const part of unpublished) {
      if (part.page < stock[part.kind].page) throw new ProtocolError('stale-page');
      if (part.count === undefined) continue;
      if (!(await pages.isComplete(caller, part, part.count))) throw new ProtocolError('incomplete-page');
    }

    await Promise.all([preKeys.replace(caller, request), ...unpublished.map((part) => pages.put(caller, part))]);
    for (const { kind, page, count } of unpublished) {
      if (count !== undefined && !(await pages.publish(caller, kind, page, count)))
        throw new ProtocolError('stale-page');
    }

    // A removal deletes what it finds; keys written after that would stay for ever.
    const after = await directory.read([], [caller]);
    if (after.presence(caller)?.registration !== caller.registration) {
      await preKeys.removeAll(caller);
      throw new ProtocolError('not-current');
    }
    return {};
  };
}

/** @throws ProtocolError `bad-request` for a frame that does not begin where frames begin, or goes beyond the page */
function partsOf({ ec, kem }: Request): Part[] {
  const parts: Part[] = [
    ...(ec ? [{ kind: 'ec' as const, ...ec }] : []),
    ...(kem ? [{ kind: 'kem' as const, ...kem }] : []),
  ];
  for (const { kind, from, keys, count = PREKEYS_PER_PAGE } of parts) {
    const perFrame = kind === 'ec' ? EC_PREKEYS_PER_FRAME : KEM_PREKEYS_PER_FRAME;
    if (from % perFrame !== 0) throw new ProtocolError('bad-request', { reason: `${kind}.from` });
    if (from + keys.length > count) throw new ProtocolError('bad-request', { reason: `${kind}.count` });
  }
  return parts;
}

/** @throws ProtocolError `invalid-prekey` */
function requireSignatures({ kem, signed, lastResort }: Request, identityKey: Uint8Array): void {
  const keys = [...(kem?.keys ?? []), ...(signed ? [signed] : []), ...(lastResort ? [lastResort] : [])];
  for (const { key, signature } of keys) {
    if (!preKeySignatureHolds(identityKey, key, signature)) throw new ProtocolError('invalid-prekey');
  }
}
