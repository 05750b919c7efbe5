// Prekeys (PQXDH section 3.2, "publishing keys"): making them, signing them, and what a peer fetches of them.

import { randomBytes } from '@noble/hashes/utils.js';
import { xeddsaSign } from '../../shared/trust/xeddsa.ts';
import { ProtocolError } from './errors.ts';
import { encodePublicKey } from './primitives/curve.ts';
import { generateKemKeyPair } from './primitives/kyber1024.ts';
import type { CryptoProvider } from './primitives/provider.ts';

/** 33-byte serialised public key, 32-byte private key. */
export interface IdentityKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A one-time prekey: 33-byte serialised public key, 32-byte private key. */
export interface PreKeyRecord {
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A signed prekey; `signature` is XEdDSA (64 bytes) by the identity key over the serialised public key. */
export interface SignedPreKeyRecord extends PreKeyRecord {
  readonly signature: Uint8Array;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** A signed KEM prekey: 1,569-byte serialised public key, 64-byte private seed. Every one is signed, one-time or not. */
export interface KyberPreKeyRecord extends SignedPreKeyRecord {
  /** Handed out repeatedly when the one-time keys have run out, and therefore guarded against replay. */
  readonly lastResort: boolean;
}

/** What a peer needs to start a session with one device. All keys in serialised form, ids 24-bit. */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPreKey: SignedPublicKey;
  readonly kyberPreKey: SignedPublicKey;
  readonly preKey: { readonly id: number; readonly publicKey: Uint8Array } | undefined;
}

export interface SignedPublicKey {
  readonly id: number;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Ids run from 1 to this and start again; libsignal takes no larger ones. */
export const MAX_PREKEY_ID = 0xffffff;

const MAX_REGISTRATION_ID = 16380;

export async function generateIdentityKeyPair(provider: CryptoProvider): Promise<IdentityKeyPair> {
  const { publicKey, privateKey } = await provider.generateKeyPair();
  return { publicKey: encodePublicKey(publicKey), privateKey };
}

/** Uniform over 1 to 16380. */
export function generateRegistrationId(): number {
  for (;;) {
    const [high = 0, low = 0] = randomBytes(2);
    const value = ((high & 0x3f) << 8) | low;
    if (value >= 1 && value <= MAX_REGISTRATION_ID) return value;
  }
}

/** One-time Curve25519 prekeys with consecutive ids from `firstId`. */
export async function generatePreKeys(
  provider: CryptoProvider,
  firstId: number,
  count: number,
): Promise<PreKeyRecord[]> {
  const records: PreKeyRecord[] = [];
  for (const id of consecutiveIds(firstId, count)) {
    const { publicKey, privateKey } = await provider.generateKeyPair();
    records.push({ id, publicKey: encodePublicKey(publicKey), privateKey });
  }
  return records;
}

export async function generateSignedPreKey(
  provider: CryptoProvider,
  identity: IdentityKeyPair,
  id: number,
  now: number,
): Promise<SignedPreKeyRecord> {
  const [record] = await generatePreKeys(provider, id, 1);
  if (!record) throw new ProtocolError('INVALID_ARGUMENT', 'no prekey was made');
  return { ...record, signature: sign(identity, record.publicKey), createdAt: now };
}

/** One-time KEM prekeys with consecutive ids, or the last-resort key when `lastResort` is set. */
export function generateKyberPreKeys(
  identity: IdentityKeyPair,
  firstId: number,
  count: number,
  options: { readonly lastResort: boolean; readonly now: number },
): KyberPreKeyRecord[] {
  return consecutiveIds(firstId, count).map((id) => {
    const { publicKey, privateKey } = generateKemKeyPair();
    const signature = sign(identity, publicKey);
    return { id, publicKey, privateKey, signature, createdAt: options.now, lastResort: options.lastResort };
  });
}

/** Sig(PK, M, Z) of PQXDH section 2: XEdDSA with fresh randomness. */
function sign(identity: IdentityKeyPair, publicKey: Uint8Array): Uint8Array {
  return xeddsaSign(identity.privateKey, publicKey, randomBytes(64));
}

function consecutiveIds(firstId: number, count: number): number[] {
  if (!Number.isInteger(firstId) || firstId < 1 || firstId > MAX_PREKEY_ID) {
    throw new ProtocolError('INVALID_ARGUMENT', 'a prekey id is a number from 1 to 16777215');
  }
  return Array.from({ length: count }, (_, i) => ((firstId - 1 + i) % MAX_PREKEY_ID) + 1);
}
