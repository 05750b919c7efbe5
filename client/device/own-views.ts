import type { Device } from '../../shared/trust/device-list.ts';
import { isHeard, type KnownAccount } from '../identity/known-account.ts';
import { requireOwn } from '../identity/own-account.ts';
import type { View, Views } from '../identity/views.ts';
import type { DeviceParts } from './parts.ts';
import { SendError } from './send-error.ts';

/** What a message may say beside its content and beside what it always says. */
export interface Extras {
  readonly alarm?: NonNullable<Views['alarm']>;
  /** Offer all versions of the own selection: the recipient was seen to hold another. */
  readonly offerSelection?: boolean;
}

/** What a message to devices of an account says about the lists and selections that this device holds. */
export async function viewsFor(
  known: KnownAccount,
  devices: readonly Device[],
  conversation: string | undefined,
  { alarm, offerSelection = false }: Extras,
  parts: DeviceParts,
): Promise<Views> {
  const own = await requireOwn(parts.store);
  const self = await parts.book.get(own.account);
  if (!self) throw new SendError('unknown-contact');
  const { account } = known.pinned.content;
  const isStranger = account !== own.account && devices.some((device) => !isHeard(known, device));
  const selections = conversation && (await selectionsFor(conversation, own.account, account, offerSelection, parts));
  return {
    version: 1,
    from: viewOf(self),
    to: viewOf(known),
    ...(selections && { selections }),
    ...(isStranger && { introduction: { commitment: own.commitment, token: own.token } }),
    ...(alarm && { alarm }),
  };
}

/** One's own first version goes with every message: it is small, and needs no version before it. */
async function selectionsFor(
  conversation: string,
  own: string,
  recipient: string,
  offerAll: boolean,
  { selections }: DeviceParts,
): Promise<NonNullable<Views['selections']>> {
  const versions = await selections.versions(conversation, own);
  const offered = offerAll || versions.length === 1 ? versions : [];
  return {
    conversation,
    from: await selections.view(conversation, own),
    to: await selections.view(conversation, recipient),
    ...(offered.length > 0 && { offered: [...offered] }),
  };
}

function viewOf({ pinned }: KnownAccount): View {
  return { sequence: pinned.content.sequence, hash: pinned.hash };
}
