// Sessions with devices of an account: found, or begun with prekeys that the server hands out. The identity key comes from the accepted
// list; a bundle that is not signed by it begins nothing.

import type { PreKeyBundle } from '../../shared/protocol/prekeys.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import type { KnownAccount } from '../identity/known-account.ts';
import type { Requests } from '../identity/list-fetcher.ts';
import { ProtocolError, type SignalProtocol } from '../signal-protocol/index.ts';
import { undisturbed } from './undisturbed.ts';

export type SessionFailure = 'no-keys' | 'bad-keys';

/**
 * Sees to it that there is a session with each of the devices.
 *
 * @returns the devices without one, and why: the server had no keys for it, or keys that the device never signed
 * @throws ProtocolError of the server, TransportError; the engine's UNTRUSTED_IDENTITY when the account may not be sent to
 */
export async function openSessions(
  { pinned, token }: KnownAccount,
  devices: readonly Device[],
  { engine, server }: { readonly engine: SignalProtocol; readonly server: Requests },
): Promise<ReadonlyMap<number, SessionFailure>> {
  const { account } = pinned.content;
  const missing: Device[] = [];
  for (const device of devices) {
    if (!(await engine.hasSession({ serviceId: account, deviceId: device.id }))) missing.push(device);
  }
  const failures = new Map<number, SessionFailure>();
  if (missing.length === 0) return failures;
  const wanted = missing.map(({ id, registration }) => ({ device: id, registration }));
  const { bundles } = await server.request('prekeys.fetch', { account, devices: wanted, ...(token && { token }) });
  for (const device of missing) {
    const bundle = bundles.find((one) => one.device === device.id);
    const failure = bundle ? await begin(account, device, bundle, engine) : 'no-keys';
    if (failure) failures.set(device.id, failure);
  }
  return failures;
}

async function begin(
  account: string,
  device: Device,
  { signed, kem, ec }: PreKeyBundle,
  engine: SignalProtocol,
): Promise<SessionFailure | undefined> {
  const publicPart = ({ id, key, signature }: PreKeyBundle['signed']) => ({ id, publicKey: key, signature });
  try {
    await undisturbed(() =>
      engine.startSession(
        { serviceId: account, deviceId: device.id },
        {
          registrationId: device.registration,
          identityKey: device.identityKey,
          signedPreKey: publicPart(signed),
          kyberPreKey: publicPart(kem),
          preKey: ec && { id: ec.id, publicKey: ec.key },
        },
      ),
    );
    return undefined;
  } catch (error) {
    const isBadBundle =
      error instanceof ProtocolError && (error.code === 'INVALID_SIGNATURE' || error.code === 'INVALID_KEY');
    if (isBadBundle) return 'bad-keys';
    throw error;
  }
}
