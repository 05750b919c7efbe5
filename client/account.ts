// Accounts come into a store in one of three ways: made new, joined with a device of an account that there is, or recovered with its phrase.

import { AccountDraft } from './identity/create-account.ts';
import { readOwn } from './identity/own-account.ts';
import { RecoveryDraft } from './identity/recover-account.ts';
import { readRecoveryPhrase } from './identity/recovery-phrase.ts';
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
  await submit(endpoint, platform, (guest) => draft.submit(store, guest, admission));
  return { phrase: draft.phrase };
}

/** What a person decides when an account is recovered. */
export interface Recovery {
  /** Asks which of the account's devices stay; the others are out at once. Gets their ids and answers with some of them. */
  keep(devices: readonly number[]): Promise<readonly number[]>;
  /** Shows the new phrase, because the old one works once. False gives up, and nothing has changed. */
  writeDown(phrase: string): Promise<boolean>;
}

/**
 * Takes an account over with its recovery phrase, when every device with the account key is lost. This device becomes the one with the account
 * key, and contacts have to acknowledge it before they write. On a device that is in the account already, see {@link Sotto.recover}.
 *
 * @param phrase as it was written down
 * @returns false when the person gave up
 * @throws RangeError for a text that is no phrase; ProtocolError `unknown-account`: the phrase is not the account's, or was used; IdentityError;
 * TransportError
 */
export async function recoverAccount(
  { endpoint, store, platform }: AccountOptions,
  phrase: string,
  { keep, writeDown }: Recovery,
): Promise<boolean> {
  const old = readRecoveryPhrase(phrase);
  if (!old) throw new RangeError('not a recovery phrase');
  const asking = await guestOf(endpoint, platform);
  const draft = await RecoveryDraft.make(old, asking, platform.now(), platform.crypto).finally(asking.close);
  const staying = await keep(draft.current.content.devices.map(({ id }) => id));
  if (!(await writeDown(draft.phrase))) return false;
  await submit(endpoint, platform, (guest) => draft.submit(store, guest, staying, platform.now()));
  return true;
}

/** Repeats what may be repeated: the server answers the same list again like the first time. */
async function submit(
  endpoint: string,
  platform: Platform,
  request: (guest: Connection) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const guest = await guestOf(endpoint, platform);
      return await request(guest).finally(guest.close);
    } catch (error) {
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
