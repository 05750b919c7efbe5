// Tickets: the proof, in the one header that a browser lets a page choose, that a connection belongs to a device of a list (`d`) or
// to a fresh key (`g`, a guest). A ticket is its fields joined by dots, the signature last; signed are the endpoint and the same fields.

import * as z from 'zod/mini';
import { base64UrlEncode } from '../protocol/base64url.ts';
import type { TicketRefusal } from '../protocol/errors.ts';
import { accountId, bytes, deviceId, registrationId, signature, time, whole } from '../protocol/fields.ts';
import { CLOCK_SKEW_MS } from '../protocol/limits.ts';
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from './ed25519.ts';
import { STATEMENTS, statement } from './statement.ts';

/** Decimal text without sign or leading zeros, so that a number has one text. */
const decimal = (number: typeof time) =>
  z.codec(z.string().check(z.regex(/^(0|[1-9][0-9]{0,15})$/)), number, { decode: Number, encode: String });

const deviceFields = z.tuple([
  z.literal('d'),
  accountId,
  decimal(deviceId),
  decimal(registrationId),
  decimal(time),
  decimal(whole(0, Number.MAX_SAFE_INTEGER)),
  signature,
]);
const guestFields = z.tuple([z.literal('g'), bytes(32), decimal(time), signature]);

interface Signed {
  /** Milliseconds since 1970, by the clock of whoever connects. */
  readonly time: number;
  readonly signature: Uint8Array;
  /** The fields before the signature, as they stand in the text. */
  readonly fields: readonly string[];
}

export interface DeviceTicket extends Signed {
  readonly kind: 'device';
  readonly account: string;
  readonly device: number;
  readonly registration: number;
  /** Grows with every ticket of a device; whole and below 2^53. */
  readonly number: number;
}

export interface GuestTicket extends Signed {
  readonly kind: 'guest';
  /** Ed25519; made for one connection. */
  readonly publicKey: Uint8Array;
}

export type Ticket = DeviceTicket | GuestTicket;

/** The ticket in a text; undefined when it is not exactly one. Nothing is verified yet. */
export function parseTicket(text: string): Ticket | undefined {
  const parts = text.split('.');
  const fields = parts.slice(0, -1);
  if (parts[0] === 'g') {
    const guest = z.safeParse(guestFields, parts);
    if (!guest.success) return undefined;
    const [, publicKey, at, signed] = guest.data;
    return { kind: 'guest', publicKey, time: at, signature: signed, fields };
  }
  const ticket = z.safeParse(deviceFields, parts);
  if (!ticket.success) return undefined;
  const [, account, device, registration, at, number, signed] = ticket.data;
  return { kind: 'device', account, device, registration, time: at, number, signature: signed, fields };
}

/**
 * Judges a parsed ticket; undefined when it holds. Whether its number is new is for the store to say.
 *
 * @param publicKey the connect key of the device in its account's current list, or the guest ticket's own key
 * @param endpoint the URL of this deployment from its configuration, never from a header
 * @param now milliseconds since 1970; a device ticket's time may be five minutes off either way. A guest's is not judged: its key carries no rights,
 * and a device whose clock is wrong has to connect as a guest to learn what time it is
 */
export function refuseTicket(
  ticket: Ticket,
  publicKey: Uint8Array,
  endpoint: string,
  now: number,
): TicketRefusal | undefined {
  if (ticket.kind === 'device' && Math.abs(now - ticket.time) > CLOCK_SKEW_MS) return 'ticket-time';
  const holds = ed25519Verify(publicKey, signedBytes(endpoint, ticket.fields), ticket.signature);
  return holds ? undefined : 'ticket-signature';
}

/** A device's ticket. @param connectSecret the 32-byte secret of its connect key @throws when a field is out of range */
export function signDeviceTicket(
  ticket: Pick<DeviceTicket, 'account' | 'device' | 'registration' | 'time' | 'number'>,
  endpoint: string,
  connectSecret: Uint8Array,
): string {
  const { account, device, registration, time: at, number } = ticket;
  return sign(['d', account, device, registration, at, number].map(String), endpoint, connectSecret);
}

/** A guest's ticket. @param secret 32 fresh random bytes for this connection @param at milliseconds since 1970 */
export function signGuestTicket(secret: Uint8Array, endpoint: string, at: number): string {
  return sign(['g', base64UrlEncode(ed25519PublicKey(secret)), String(at)], endpoint, secret);
}

function sign(fields: readonly string[], endpoint: string, secret: Uint8Array): string {
  const signed = ed25519Sign(secret, signedBytes(endpoint, fields));
  const text = [...fields, base64UrlEncode(signed)].join('.');
  if (!parseTicket(text)) throw new RangeError('a field of the ticket is out of range');
  return text;
}

function signedBytes(endpoint: string, fields: readonly string[]): Uint8Array {
  return statement(STATEMENTS.connect, endpoint, ...fields);
}
