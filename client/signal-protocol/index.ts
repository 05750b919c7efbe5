/**
 * Signal's protocol in TypeScript: PQXDH, the Double Ratchet with SPQR, and what belongs to them. docs/CRYPTOGRAPHY.md says
 * what is implemented, from which specification, and what is not.
 *
 * The engine has no network and no storage: it is given a {@link ProtocolStore}, and answers in bytes.
 */
export type { ProtocolAddress } from './address.ts';
export { ProtocolError, type ProtocolErrorCode } from './errors.ts';
export { type FingerprintParty, numericFingerprint } from './fingerprint.ts';
export { MemoryStore } from './memory-store.ts';
export { pad, unpad } from './padding.ts';
export {
  BATCH_SIZE,
  expiredPreKeys,
  type PreKeyDuties,
  type PreKeyStock,
  preKeyDuties,
  REFILL_BELOW,
  RETENTION_MS,
  ROTATION_MS,
} from './prekey-policy.ts';
export {
  generateIdentityKeyPair,
  generateKyberPreKeys,
  generatePreKeys,
  generateRegistrationId,
  generateSignedPreKey,
  type IdentityKeyPair,
  type KyberPreKeyRecord,
  MAX_PREKEY_ID,
  type PreKeyBundle,
  type PreKeyRecord,
  type SignedPreKeyRecord,
  type SignedPublicKey,
} from './prekeys.ts';
export { detectProvider } from './primitives/detect-provider.ts';
export {
  type CryptoProvider,
  type Ed25519Verifier,
  type KeyPair,
  type MlKemParameters,
  type MlKemProvider,
  portableProvider,
  xeddsaThrough,
} from './primitives/provider.ts';
export { SignalProtocol, type SignalProtocolOptions, UNANSWERED_SESSION_MS } from './protocol.ts';
export type { EncryptedMessage } from './session/cipher.ts';
export type { LocalIdentity, ProtocolStore, RemoteIdentity, StoreChange, UsedPreKeys } from './store.ts';
