import type * as z from 'zod/mini';
import { accountCreate, accountFresh, accountLists, accountPublish, accountReserve, accountTokens } from './account.ts';
import { callClaim } from './call.ts';
import { linkOpen, linkSend } from './link.ts';
import { messageAck, messagePull, messageSend } from './message.ts';
import { preKeysCount, preKeysFetch, preKeysPublish } from './prekeys.ts';
import { relayCredentials } from './relay.ts';
import { hello } from './session.ts';

/** Every action with the schema of its request and of the fields of its reply. `ping` is answered by the gateway itself. */
export const ACTIONS = {
  hello,
  'account.create': accountCreate,
  'account.reserve': accountReserve,
  'account.publish': accountPublish,
  'account.fresh': accountFresh,
  'account.tokens': accountTokens,
  'account.lists': accountLists,
  'link.open': linkOpen,
  'link.send': linkSend,
  'prekeys.publish': preKeysPublish,
  'prekeys.fetch': preKeysFetch,
  'prekeys.count': preKeysCount,
  'message.send': messageSend,
  'message.pull': messagePull,
  'message.ack': messageAck,
  'call.claim': callClaim,
  'relay.credentials': relayCredentials,
} as const;

export type ActionName = keyof typeof ACTIONS;
/** A request as server and client handle it: bytes are Uint8Arrays. */
export type RequestOf<Name extends ActionName> = z.output<(typeof ACTIONS)[Name]['request']>;
/** The fields of a successful reply beside `id` and `ok`. */
export type ReplyOf<Name extends ActionName> = z.output<(typeof ACTIONS)[Name]['reply']>;

/** What a guest may do, for two minutes; `account.lists` and `account.publish` only with an account's recovery key. */
export const GUEST_ACTIONS: ReadonlySet<ActionName> = new Set([
  'hello',
  'account.create',
  'account.lists',
  'account.publish',
  'link.open',
  'link.send',
]);
