import type { SpqrState } from '../braid/spqr.ts';
import { encodePublicKey } from '../primitives/curve.ts';
import type { RatchetState } from '../ratchet/double-ratchet.ts';
import type { RemoteIdentity } from '../store.ts';
import type { PreKeyIds } from '../wire/prekey-message.ts';

/** One session with one device: Double Ratchet, SPQR, and who the two ends are. Immutable. */
export interface SessionState {
  /** 32-byte u-coordinates */
  readonly localIdentityKey: Uint8Array;
  readonly remoteIdentityKey: Uint8Array;
  readonly localRegistrationId: number;
  readonly remoteRegistrationId: number;
  /** EKa of the handshake, which tells this session from every other one. */
  readonly baseKey: Uint8Array;
  /** Until the peer has answered: every message repeats the handshake, because any of them may be the first to arrive. */
  readonly pending: PendingHandshake | undefined;
  readonly ratchet: RatchetState;
  readonly spqr: SpqrState;
}

export interface PendingHandshake extends PreKeyIds {
  readonly kyberCiphertext: Uint8Array;
  /** Milliseconds since 1970, by the clock of this device. */
  readonly startedAt: number;
}

/** Whom the session is with, as the application's trust decision knows it. */
export function remoteIdentityOf(session: SessionState): RemoteIdentity {
  return { identityKey: encodePublicKey(session.remoteIdentityKey), registrationId: session.remoteRegistrationId };
}
