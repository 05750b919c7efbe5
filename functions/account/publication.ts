import type { DevicePreKeys } from '../../shared/protocol/account.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { Publication } from '../../shared/store/publications.ts';
import type { Change } from '../../shared/trust/acceptance.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import { encodeHistory, type PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { preKeySignatureHolds } from '../../shared/trust/prekey-signature.ts';

/**
 * What an accepted list makes the stores do.
 *
 * @param prekeys exactly one entry for each device that the list adds
 * @throws ProtocolError `invalid-prekey`
 */
export function publicationOf(
  pinned: PinnedAccount,
  { added, removed }: Pick<Change, 'added' | 'removed'>,
  prekeys: readonly DevicePreKeys[],
): Publication {
  const { content, hash, list } = pinned;
  const { account, sequence } = content;
  if (prekeys.length !== added.length) throw new ProtocolError('invalid-prekey');
  return {
    list: { account, sequence, hash, list, history: encodeHistory(pinned.history) },
    head: { ...content, hash },
    added: added.map((device) => ({
      device: installationOf(account, device),
      identity: device,
      keys: standingKeys(device, prekeys),
    })),
    removed: removed.map((device) => installationOf(account, device)),
  };
}

export function installationOf(account: string, device: Pick<Device, 'id' | 'registration'>): Installation {
  return { account, device: device.id, registration: device.registration };
}

function standingKeys(device: Device, prekeys: readonly DevicePreKeys[]): DevicePreKeys {
  const keys = prekeys.find((entry) => entry.device === device.id);
  if (!keys) throw new ProtocolError('invalid-prekey');
  for (const { key, signature } of [keys.signed, keys.lastResort]) {
    if (!preKeySignatureHolds(device.identityKey, key, signature)) throw new ProtocolError('invalid-prekey');
  }
  return keys;
}
