// All sessions with one device: one current, and the archived ones that late messages may still belong to (Sesame: the
// active and the inactive sessions of a DeviceRecord). Archived sessions stay encoded until a message asks for them.

import { equalBytes } from '../primitives/bytes.ts';
import { BinaryReader, BinaryWriter, corrupt } from './binary.ts';
import { baseKeyOf, decodeSession, writeSession } from './session-codec.ts';
import type { SessionState } from './state.ts';

/** Archived sessions kept, newest first; the oldest goes. */
export const MAX_ARCHIVED_SESSIONS = 40;

const RECORD_VERSION = 1;

export interface SessionRecord {
  readonly current: SessionState | undefined;
  /** encoded */
  readonly archived: readonly Uint8Array[];
}

const EMPTY: SessionRecord = { current: undefined, archived: [] };

/**
 * @param known what the current session decodes to, if the caller knows it
 * @throws ProtocolError CORRUPT_STATE
 */
export function decodeRecord(bytes: Uint8Array | undefined, known?: SessionState): SessionRecord {
  if (!bytes) return EMPTY;
  const input = new BinaryReader(bytes);
  if (input.uint8() !== RECORD_VERSION) throw corrupt();
  const current = input.uint8() === 1 ? input.sized() : undefined;
  const archived = input.list(input.uint8(), () => input.sized());
  input.end();
  return { current: current && (known ?? decodeSession(current)), archived };
}

export function encodeRecord({ current, archived }: SessionRecord): Uint8Array {
  const out = new BinaryWriter();
  out.uint8(RECORD_VERSION);
  out.uint8(current ? 1 : 0);
  if (current) out.nested(() => writeSession(out, current));
  out.uint8(archived.length);
  for (const session of archived) out.sized(session);
  return out.finish();
}

/** Makes a session current; the one that was current is archived, unless it is the same one before its last step. */
export function promote(record: SessionRecord, session: SessionState): SessionRecord {
  const others = record.current && !isSame(record.current, session.baseKey) ? archiveCurrent(record) : record;
  const archived = others.archived.filter((bytes) => !equalBytes(baseKeyOf(bytes), session.baseKey));
  return { current: session, archived };
}

/** Leaves no current session: the next message needs a new handshake, late ones can still be read. */
export function archiveCurrent({ current, archived }: SessionRecord): SessionRecord {
  if (!current) return { current, archived };
  const out = new BinaryWriter();
  writeSession(out, current);
  return { current: undefined, archived: [out.finish(), ...archived].slice(0, MAX_ARCHIVED_SESSIONS) };
}

/** The session that a handshake with this base key has already made, current or archived. */
export function sessionWithBaseKey(
  { current, archived }: SessionRecord,
  baseKey: Uint8Array,
): SessionState | undefined {
  if (current && isSame(current, baseKey)) return current;
  const found = archived.find((bytes) => equalBytes(baseKeyOf(bytes), baseKey));
  return found && decodeSession(found);
}

function isSame(session: SessionState, baseKey: Uint8Array): boolean {
  return equalBytes(session.baseKey, baseKey);
}
