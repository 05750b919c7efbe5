import { equalBytes } from '../primitives/bytes.ts';
import type { SessionState } from './state.ts';

const MAX_ENTRIES = 32;

interface Entry {
  readonly record: Uint8Array;
  readonly session: SessionState;
}

/**
 * The current sessions of the records last committed, already decoded. Only a shortcut: the store decides what is current,
 * and an entry counts only for the very record it was committed with. It holds no key that the record does not hold.
 */
export class RecentSessions {
  readonly #entries = new Map<string, Entry>();

  find(key: string, record: Uint8Array | undefined): SessionState | undefined {
    const entry = this.#entries.get(key);
    if (!entry || !record) return undefined;
    return entry.record === record || equalBytes(entry.record, record) ? entry.session : undefined;
  }

  remember(key: string, record: Uint8Array, session: SessionState | undefined): void {
    this.#entries.delete(key);
    if (session) this.#entries.set(key, { record, session });
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > MAX_ENTRIES) this.#entries.delete(oldest);
  }
}
