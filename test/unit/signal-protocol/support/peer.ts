import type { EncryptedMessage, PreKeyBundle, ProtocolAddress } from '../../../../client/signal-protocol/index.ts';

/** One device in a test, whichever implementation it runs. */
export interface Peer {
  readonly address: ProtocolAddress;
  /** A fresh bundle; without a one-time prekey, the KEM prekey is the last-resort key. */
  bundle(options: { readonly oneTime: boolean }): Promise<PreKeyBundle>;
  /** Trusts exactly this identity for the address from now on. */
  trust(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void>;
  start(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void>;
  encrypt(address: ProtocolAddress, plaintext: Uint8Array): Promise<EncryptedMessage>;
  decrypt(address: ProtocolAddress, message: EncryptedMessage): Promise<Uint8Array>;
  /** Whether a session exists that can be sent in. */
  hasSession(address: ProtocolAddress): Promise<boolean>;
  archive(address: ProtocolAddress): Promise<void>;
  /** Ends the process, in effect: everything continues from what was serialised. */
  restart(): Promise<void>;
}
