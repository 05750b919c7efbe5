import { sha256 } from '@noble/hashes/sha2.js';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import { CONTACT_TOKENS } from '../../shared/protocol/limits.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { Requests } from './list-fetcher.ts';
import { changeOwn, requireOwn } from './own-account.ts';

/** No list has a higher one. */
const LAST_SEQUENCE = 99_999_999;

/**
 * Makes the server know the contact token that this device gives out, beside those it knows already: contacts who hold an older one must
 * still reach the account. To be called when connected; it does nothing when there is nothing to do.
 */
export async function announceToken(store: RecordStore, server: Requests): Promise<void> {
  const { account, token, tokenAnnounced } = await requireOwn(store);
  if (tokenAnnounced) return;
  // After the last list there can be: what is wanted is not the chain.
  const { tokens = [] } = await server.request('account.lists', { account, after: LAST_SEQUENCE });
  const own = sha256(token);
  const others = tokens.filter((hash) => !constantTimeEqual(hash, own));
  await server.request('account.tokens', { tokens: [...others.slice(1 - CONTACT_TOKENS), own] });
  await changeOwn(store, (latest) => ({ ...latest, tokenAnnounced: true }));
}
