// All sessions with one device: one current, and the archived ones that late messages may still belong to (Sesame: the
// active and the inactive sessions of a DeviceRecord). Archived sessions stay encoded until a message asks for them.

import { equalBytes } from '../primitives/bytes.ts';
import { BinaryReader, BinaryWriter, corrupt } from './binary.ts';
import { baseKeyOf, decodeSession, writeSession } from './session-codec.ts';
import type { SessionState } from './state.ts';

/** Archived sessions kept, newest first; the oldest goes. */
export const MAX_ARCHIVED_SESSIONS = 40;

const RECORD_VERSION = 1;

/** A record as stored: sessions are encoded. */
export interface SessionRecord {
  readonly current: Uint8Array | undefined;
  readonly archived: readonly Uint8Array[];
}

/** A record to be stored: the current session has just been computed. */
export interface ChangedRecord {
  readonly current: SessionState | undefined;
  readonly archived: readonly Uint8Array[];
}

const EMPTY: SessionRecord = { current: undefined, archived: [] };

/** @throws ProtocolError CORRUPT_STATE */
export function decodeRecord(bytes: Uint8Array | undefined): SessionRecord {
  if (!bytes) return EMPTY;
  const input = new BinaryReader(bytes);
  if (input.uint8() !== RECORD_VERSION) throw corrupt();
  const current = input.uint8() === 1 ? input.sized() : undefined;
  const archived = input.list(input.uint8(), () => input.sized());
  input.end();
  return { current, archived };
}

export function encodeRecord(record: ChangedRecord): Uint8Array {
  const { current } = record;
  const out = new BinaryWriter();
  out.uint8(RECORD_VERSION);
  out.uint8(current ? 1 : 0);
  if (current) out.nested(() => writeSession(out, current));
  out.uint8(record.archived.length);
  for (const session of record.archived) out.sized(session);
  return out.finish();
}

export function currentSession(record: SessionRecord): SessionState | undefined {
  return record.current ? decodeSession(record.current) : undefined;
}

/** Makes a session current; the one that was current is archived. */
export function promote(record: SessionRecord, session: SessionState): ChangedRecord {
  const others = [record.current, ...record.archived].filter((bytes) => bytes !== undefined);
  const archived = others.filter((bytes) => !equalBytes(baseKeyOf(bytes), session.baseKey));
  return { current: session, archived: archived.slice(0, MAX_ARCHIVED_SESSIONS) };
}

/** Leaves no current session: the next message needs a new handshake, late ones can still be read. */
export function archiveCurrent(record: SessionRecord): ChangedRecord {
  if (!record.current) return { current: undefined, archived: record.archived };
  return { current: undefined, archived: [record.current, ...record.archived].slice(0, MAX_ARCHIVED_SESSIONS) };
}

/** The session that a handshake with this base key has already made, current or archived. */
export function sessionWithBaseKey(record: SessionRecord, baseKey: Uint8Array): Uint8Array | undefined {
  return [record.current, ...record.archived].find((bytes) => bytes && equalBytes(baseKeyOf(bytes), baseKey));
}
