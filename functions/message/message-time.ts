import { ProtocolError } from '../../shared/protocol/errors.ts';
import { CLOCK_SKEW_MS, MESSAGE_ID_PAST_MS } from '../../shared/protocol/limits.ts';

/**
 * Mailboxes are sorted by message id, so an id from the future would stay at the end of every page, and one from the past would be read
 * before what has long been seen.
 *
 * @param message a UUIDv7: its first 48 bits are milliseconds since 1970 (RFC 9562, section 5.7)
 * @throws ProtocolError `message-time`
 */
export function requireMessageTime(message: string, now: number): void {
  const time = Number.parseInt(message.slice(0, 8) + message.slice(9, 13), 16);
  if (time < now - MESSAGE_ID_PAST_MS || time > now + CLOCK_SKEW_MS) throw new ProtocolError('message-time');
}
