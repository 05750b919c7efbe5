// What a store says about itself in the clear: its version and how its root key is locked. It stands in the backend beside the records,
// so that it changes with them in one write.

import * as z from 'zod/mini';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import { bytes } from '../../shared/protocol/fields.ts';
import type { Backend, BackendChange } from './backend.ts';
import { wrappedRoot } from './passphrase.ts';
import { openRecord, sealRecord } from './record-cipher.ts';
import { StorageError } from './storage-error.ts';
import type { StoreKeys } from './store-keys.ts';

/** No collection begins with an exclamation mark; it sorts before all of them. */
const HEADER_PLACE = '!header';
const VERSION = 1;
const CHECK = { group: '', name: '', value: new Uint8Array() };

const headerSchema = z.discriminatedUnion('lock', [
  /** The root key lies in the key place; `check` tells whether it is the one of this store. */
  z.strictObject({ version: z.literal(VERSION), lock: z.literal('key'), check: bytes(1, 64) }),
  z.strictObject({ version: z.literal(VERSION), lock: z.literal('passphrase'), root: wrappedRoot }),
]);
export type Header = z.output<typeof headerSchema>;

/** Undefined for a store that does not exist yet. @throws StorageError UNKNOWN_VERSION, CORRUPT_HEADER */
export async function readHeader(backend: Backend): Promise<Header | undefined> {
  const stored = await backend.get(HEADER_PLACE);
  if (stored) return parseHeader(stored);
  // Records without a header: a new header, with a new key, would make them unreadable for good.
  if ((await allEntries(backend)).length > 0) throw corrupt();
  return undefined;
}

/** The write that makes `header` the store's. */
export function headerChange(header: Header): BackendChange {
  return [HEADER_PLACE, utf8(JSON.stringify(z.encode(headerSchema, header)))];
}

/** Everything but the header. */
export async function allEntries(backend: Backend) {
  const entries = await backend.range({ from: '', to: '~', reverse: false, limit: Number.MAX_SAFE_INTEGER });
  return entries.filter(([place]) => place !== HEADER_PLACE);
}

export async function keyHeader(keys: StoreKeys): Promise<Header> {
  return { version: VERSION, lock: 'key', check: await sealRecord(keys.records, HEADER_PLACE, CHECK) };
}

/** @throws StorageError WRONG_KEY unless these are the keys that the header was made with */
export async function requireKeysOf(header: Header & { readonly lock: 'key' }, keys: StoreKeys): Promise<void> {
  const opened = await openRecord(keys.records, HEADER_PLACE, header.check).catch(() => undefined);
  if (!opened) throw new StorageError('WRONG_KEY', 'the key belongs to another store');
}

export function passphraseHeader(root: z.output<typeof wrappedRoot>): Header {
  return { version: VERSION, lock: 'passphrase', root };
}

function parseHeader(stored: Uint8Array): Header {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(stored) ?? '');
  } catch {
    throw corrupt();
  }
  const version = z.safeParse(z.object({ version: z.number() }), value);
  if (version.success && version.data.version !== VERSION) {
    throw new StorageError('UNKNOWN_VERSION', 'the store was written by a later version');
  }
  const header = z.safeDecode(headerSchema, value as never);
  if (!header.success) throw corrupt();
  return header.data;
}

const corrupt = (): StorageError => new StorageError('CORRUPT_HEADER', 'the description of the store cannot be read');
