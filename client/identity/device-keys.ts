// The keys of a device that is about to enter a list, and the two prekeys that it must bring along.

import type { DevicePreKeys } from '../../shared/protocol/account.ts';
import { signConsents } from '../../shared/trust/device-consent.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import {
  type CryptoProvider,
  detectProvider,
  generateIdentityKeyPair,
  generateKyberPreKeys,
  generateRegistrationId,
  generateSignedPreKey,
  type KyberPreKeyRecord,
  type SignedPreKeyRecord,
} from '../signal-protocol/index.ts';

export interface DeviceKeys {
  /** 1 to 16,380. */
  readonly registration: number;
  /** 05 and 32 bytes; 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly identityPrivateKey: Uint8Array;
  /** Ed25519 seed. */
  readonly connectSecret: Uint8Array;
  readonly signed: SignedPreKeyRecord;
  readonly lastResort: KyberPreKeyRecord;
}

/** Fresh random keys. @param now milliseconds since 1970 @param own the machine's own cryptography, see Platform */
export async function newDeviceKeys(now: number, own?: CryptoProvider): Promise<DeviceKeys> {
  const provider = own ?? (await detectProvider());
  const identity = await generateIdentityKeyPair(provider);
  const signed = await generateSignedPreKey(provider, identity, 1, now);
  const [lastResort] = generateKyberPreKeys(identity, 1, 1, { lastResort: true, now });
  if (!lastResort) throw new Error('no last-resort key was made');
  return {
    registration: generateRegistrationId(),
    identityKey: identity.publicKey,
    identityPrivateKey: identity.privateKey,
    connectSecret: crypto.getRandomValues(new Uint8Array(32)),
    signed,
    lastResort,
  };
}

/** The device's entry in the list with sequence `added`, with its consents. */
export function deviceEntry(account: string, keys: DeviceKeys, id: number, added: number): Device {
  const { registration, identityKey, identityPrivateKey, connectSecret } = keys;
  const subject = { id, identityKey, connectKey: ed25519PublicKey(connectSecret), added };
  const random64 = crypto.getRandomValues(new Uint8Array(64));
  const consents = signConsents(account, subject, identityPrivateKey, connectSecret, random64);
  return { ...subject, registration, newConversations: true, consents };
}

/** What the list is published with, so that the device can be written to from then on. */
export function preKeysOf({ signed, lastResort }: DeviceKeys, device: number): DevicePreKeys {
  const published = ({ id, publicKey, signature }: SignedPreKeyRecord) => ({ id, key: publicKey, signature });
  return { device, signed: published(signed), lastResort: published(lastResort) };
}
