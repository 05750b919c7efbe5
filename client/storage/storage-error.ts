/**
 * Why the store refused. Nothing is ever skipped, repaired or emptied silently: what cannot be read is an error until a person
 * decides.
 *
 * - IN_USE: another tab or process has the store open
 * - TAKEN_OVER: another tab has opened the store since; nothing was written
 * - CLOSED: the store was closed
 * - LOCKED: the store has a passphrase and none was given
 * - WRONG_PASSPHRASE: the passphrase does not open the store, or its header was changed
 * - WRONG_KEY: the key is missing, or belongs to another store
 * - UNSAFE_KEY_FILE: others than its owner may read or write the key file
 * - UNKNOWN_VERSION: written by a later version of this program
 * - CORRUPT_HEADER: the description of the store cannot be read
 * - CORRUPT_RECORD: a record was changed, moved or damaged outside this program
 * - INVALID_ARGUMENT: the calling program passed a key, collection or option that cannot be
 * - WRITE_FAILED: the platform did not write, for instance because the disk is full; nothing of the batch was written
 * - READ_FAILED: the platform did not read
 */
export type StorageErrorCode =
  | 'IN_USE'
  | 'TAKEN_OVER'
  | 'CLOSED'
  | 'LOCKED'
  | 'WRONG_PASSPHRASE'
  | 'WRONG_KEY'
  | 'UNSAFE_KEY_FILE'
  | 'UNKNOWN_VERSION'
  | 'CORRUPT_HEADER'
  | 'CORRUPT_RECORD'
  | 'INVALID_ARGUMENT'
  | 'WRITE_FAILED'
  | 'READ_FAILED';

/** The only error that this folder throws. Its text names no key and no content. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
