import { addressKey, encodeAddresses, type ProtocolAddress, requireAddress } from './address.ts';
import { ProtocolError } from './errors.ts';
import type { PreKeyBundle } from './prekeys.ts';
import { detectProvider } from './primitives/detect-provider.ts';
import type { CryptoProvider } from './primitives/provider.ts';
import { type EncryptedMessage, encryptInSession } from './session/cipher.ts';
import { Exclusive } from './session/exclusive.ts';
import { startFromBundle } from './session/handshake.ts';
import { openMessage, openPreKeyMessage } from './session/receive.ts';
import { RecentSessions } from './session/recent-sessions.ts';
import { archiveCurrent, decodeRecord, encodeRecord, promote, type SessionRecord } from './session/record.ts';
import { remoteIdentityOf, type SessionState } from './session/state.ts';
import type { ProtocolStore, RemoteIdentity, UsedPreKeys } from './store.ts';

/** How long a session may go unanswered before it is no longer sent in: 30 days. */
export const UNANSWERED_SESSION_MS = 30 * 24 * 60 * 60 * 1000;

export interface SignalProtocolOptions {
  readonly store: ProtocolStore;
  /** This device. */
  readonly localAddress: ProtocolAddress;
  /** Default: the platform's WebCrypto where it has the curves, JavaScript where not. */
  readonly provider?: CryptoProvider;
  /** Milliseconds since 1970; default Date.now. */
  readonly now?: () => number;
}

/**
 * Sessions of one device with others: PQXDH, then the Double Ratchet with SPQR. Operations on one address run one after the
 * other. Every method either succeeds with its state durably stored, or throws and leaves the state as it was.
 */
export class SignalProtocol {
  readonly #store: ProtocolStore;
  readonly #localAddress: ProtocolAddress;
  readonly #provider: Promise<CryptoProvider>;
  readonly #now: () => number;
  readonly #exclusive = new Exclusive();
  readonly #recent = new RecentSessions();

  /** @throws ProtocolError INVALID_ARGUMENT for a malformed address */
  constructor(options: SignalProtocolOptions) {
    requireAddress(options.localAddress);
    this.#store = options.store;
    this.#localAddress = options.localAddress;
    this.#provider = options.provider ? Promise.resolve(options.provider) : detectProvider();
    this.#now = options.now ?? Date.now;
  }

  /**
   * Starts a session from a fetched bundle and makes it current. Nothing is sent: the handshake travels with every message
   * until the peer answers.
   *
   * @throws ProtocolError UNTRUSTED_IDENTITY, INVALID_SIGNATURE or INVALID_KEY
   */
  startSession(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void> {
    return this.#change(address, async (record) => {
      const { identityKey, registrationId } = bundle;
      await this.#requireTrust(address, { identityKey, registrationId }, 'send');
      const local = await this.#store.loadLocalIdentity();
      const session = await startFromBundle(await this.#provider, local, bundle, this.#now());
      return { record: promote(record, session), result: undefined };
    });
  }

  /**
   * Encrypts for one device. The answer comes after the advanced state is durable, so no crash can use a key twice.
   *
   * @throws ProtocolError NO_SESSION, SESSION_EXPIRED (unanswered for 30 days) or UNTRUSTED_IDENTITY
   */
  encrypt(address: ProtocolAddress, plaintext: Uint8Array): Promise<EncryptedMessage> {
    return this.#change(address, async (record) => {
      const { current } = record;
      if (!current) throw new ProtocolError('NO_SESSION', 'there is no session to send in');
      if (this.#isExpired(current)) throw new ProtocolError('SESSION_EXPIRED', 'the session was never answered');
      await this.#requireTrust(address, remoteIdentityOf(current), 'send');
      const addresses = () => encodeAddresses(this.#localAddress, address);
      const { session, message } = await encryptInSession(await this.#provider, current, plaintext, addresses);
      return { record: promote(record, session), result: message };
    });
  }

  /**
   * Decrypts a message of one device, exactly once, if its identity is trusted. A handshake inside is answered; the prekeys it
   * used are deleted in the same commit.
   *
   * @throws ProtocolError any code but INVALID_SIGNATURE and SESSION_EXPIRED
   */
  decrypt(address: ProtocolAddress, message: EncryptedMessage): Promise<Uint8Array> {
    return this.#change(address, async (record) => {
      const context = {
        provider: await this.#provider,
        store: this.#store,
        addresses: () => encodeAddresses(address, this.#localAddress),
        requireTrust: (identity: RemoteIdentity) => this.#requireTrust(address, identity, 'receive'),
      };
      const open = message.type === 'prekey' ? openPreKeyMessage : openMessage;
      const { session, plaintext, usedPreKeys } = await open(context, record, message.bytes);
      return { record: promote(record, session), result: plaintext, usedPreKeys };
    });
  }

  /** Whether {@link encrypt} would find a session that has not expired. */
  async hasSession(address: ProtocolAddress): Promise<boolean> {
    const { current } = decodeRecord(await this.#store.loadSession(address));
    return current !== undefined && !this.#isExpired(current);
  }

  /** Stops sending in the current session, if any; messages of it that are still under way can be decrypted. */
  archiveSession(address: ProtocolAddress): Promise<void> {
    return this.#change(address, async (record) => ({ record: archiveCurrent(record), result: undefined }));
  }

  /** Load, compute, commit, and only then answer. */
  async #change<T>(
    address: ProtocolAddress,
    compute: (
      record: SessionRecord,
    ) => Promise<{ record: SessionRecord; result: T; usedPreKeys?: UsedPreKeys | undefined }>,
  ): Promise<T> {
    requireAddress(address);
    const key = addressKey(address);
    return this.#exclusive.run(key, async () => {
      const previous = await this.#store.loadSession(address);
      const before = decodeRecord(previous, this.#recent.find(key, previous));
      const { record, result, usedPreKeys } = await compute(before);
      const session = encodeRecord(record);
      await this.#store.commit({ address, previous, session, ...(usedPreKeys && { usedPreKeys }) });
      this.#recent.remember(key, session, record.current);
      return result;
    });
  }

  async #requireTrust(
    address: ProtocolAddress,
    identity: RemoteIdentity,
    direction: 'send' | 'receive',
  ): Promise<void> {
    if (await this.#store.isTrustedIdentity(address, identity, direction)) return;
    throw new ProtocolError('UNTRUSTED_IDENTITY', 'the identity key is not trusted for this device');
  }

  #isExpired({ pending }: SessionState): boolean {
    return pending !== undefined && this.#now() - pending.startedAt > UNANSWERED_SESSION_MS;
  }
}
