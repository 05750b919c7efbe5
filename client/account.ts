// Accounts come into a store in one of two ways: made new, or joined with a device of an account that there is.

import { AccountDraft } from './identity/create-account.ts';
import { readOwn } from './identity/own-account.ts';
import { Joining, type Proposal } from './linking/joining.ts';
import { guestLinkServer } from './linking/link-room.ts';
import type { RecordStore } from './storage/record-store.ts';
import type { Connection } from './transport/connection.ts';
import { openGuest } from './transport/guest.ts';
import type { Platform } from './transport/platform.ts';
import { ServerClock } from './transport/server-clock.ts';
import { TIMINGS } from './transport/timings.ts';
import { TransportError } from './transport/transport-error.ts';

/** How often the same account is submitted when the answer gets lost. */
const ATTEMPTS = 3;

export interface AccountOptions {
  /** The deployment's address, to the letter as it is configured there: `wss://…`. */
  readonly endpoint: string;
  /** An empty store: openNodeStore, openBrowserStore. */
  readonly store: RecordStore;
  readonly platform: Platform;
}

/** Whether the store holds an account that can be opened. */
export async function hasAccount(store: RecordStore): Promise<boolean> {
  return (await readOwn(store)) !== undefined;
}

export interface NewAccount {
  /**
   * The recovery phrase, two lines, for the person to write on paper. It is stored nowhere. Whoever has it can take the account over; whoever
   * loses it and the first device loses the account.
   */
  readonly phrase: string;
}

/**
 * Makes a new account, with this device as its first.
 *
 * @param admission an invite code or a token of the operator, where the deployment asks for one
 * @throws ProtocolError `admission-refused`, `rate-limited`; TransportError. Nothing is stored then
 */
export async function createAccount(
  { endpoint, store, platform }: AccountOptions,
  admission?: string,
): Promise<NewAccount> {
  const draft = await AccountDraft.make(platform.now(), platform.crypto);
  for (let attempt = 1; ; attempt++) {
    try {
      const guest = await guestOf(endpoint, platform);
      await draft.submit(store, guest, admission).finally(guest.close);
      return { phrase: draft.phrase };
    } catch (error) {
      // The server may have made it: the same account again is answered as made.
      if (!(error instanceof TransportError) || attempt === ATTEMPTS) throw error;
    }
  }
}

export interface Join {
  /** What the other device's screen will call this one; 1 to 64 characters. */
  readonly name: string;
  /** Shows the code, as text or as a QR code, for the device that made the account: see {@link Sotto.linkDevice}. */
  showCode(code: string): void;
  /** Asks the person: is this your account, and does your other device show the same short code? */
  agree(proposal: Proposal): Promise<boolean>;
}

/**
 * Joins an account with this device. Resolves when it is in the account's list; false when the person did not agree.
 *
 * @throws LinkError `expired` after two minutes, `refused`, `tampered`, `unknown-outcome`; TransportError
 */
export async function joinAccount({ endpoint, store, platform }: AccountOptions, join: Join): Promise<boolean> {
  const guest = await guestOf(endpoint, platform);
  try {
    const joining = await Joining.start({ server: guestLinkServer(guest), platform, name: join.name });
    join.showCode(joining.code);
    if (await join.agree(await joining.proposal())) await joining.confirm(store);
    else await joining.refuse();
    return await hasAccount(store);
  } finally {
    guest.close();
  }
}

function guestOf(url: string, platform: Platform): Promise<Connection> {
  return openGuest({ url, platform, timings: TIMINGS, clock: new ServerClock(platform) });
}
