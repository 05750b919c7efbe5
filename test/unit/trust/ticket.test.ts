import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { base64UrlDecode, base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { CLOCK_SKEW_MS, TICKET_CHARACTERS } from '../../../shared/protocol/limits.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import {
  parseTicket,
  refuseTicket,
  signDeviceTicket,
  signGuestTicket,
  type Ticket,
} from '../../../shared/trust/ticket.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { flipBit } from './judging.ts';

const endpoint = 'wss://sotto.example/live';
const now = 1_720_000_000_000;
const alice = new TestAccount('alice');
const { connectKey, connectSecret, registration } = alice.keys(1);
const guestSecret = seededBytes('guest');
const deviceText = alice.ticket(1, endpoint, now, 7);
const guestText = signGuestTicket(guestSecret, endpoint, now);

function parsed(text: string): Ticket {
  const ticket = parseTicket(text);
  if (!ticket) throw new Error(`no ticket: ${text}`);
  return ticket;
}

/** Verifies with the platform's Ed25519 over bytes put together here. */
function platformVerifies(text: string, publicKey: Uint8Array): boolean {
  const parts = text.split('.');
  const lengthPrefixed = [endpoint, ...parts.slice(0, -1)].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part));
    return [length, Buffer.from(part)];
  });
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64UrlEncode(publicKey) } });
  const message = Buffer.concat([Buffer.from('sotto/connect/v1\0'), ...lengthPrefixed]);
  return verify(null, message, key, base64UrlDecode(parts.at(-1) ?? '') ?? new Uint8Array());
}

describe('a device ticket', () => {
  it('carries what it was made of', () => {
    const { signature, fields, ...rest } = parsed(deviceText);
    expect(rest).toEqual({ kind: 'device', account: alice.account, device: 1, registration, time: now, number: 7 });
    expect(fields.join('.')).toBe(deviceText.slice(0, deviceText.lastIndexOf('.')));
    expect(signature).toHaveLength(64);
  });

  it('is signed over the specified bytes, holds, and needs no character outside the header', () => {
    expect(platformVerifies(deviceText, connectKey)).toBe(true);
    expect(refuseTicket(parsed(deviceText), connectKey, endpoint, now)).toBeUndefined();
    expect(deviceText).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it('holds up to five minutes either way', () => {
    const refused = (at: number) => refuseTicket(parsed(deviceText), connectKey, endpoint, at);
    expect(refused(now + CLOCK_SKEW_MS)).toBeUndefined();
    expect(refused(now - CLOCK_SKEW_MS)).toBeUndefined();
    expect(refused(now + CLOCK_SKEW_MS + 1)).toBe('ticket-time');
    expect(refused(now - CLOCK_SKEW_MS - 1)).toBe('ticket-time');
  });

  it('is for one endpoint and one key', () => {
    const other = new TestAccount('bob').keys(1).connectKey;
    expect(refuseTicket(parsed(deviceText), connectKey, 'wss://elsewhere.example', now)).toBe('ticket-signature');
    expect(refuseTicket(parsed(deviceText), other, endpoint, now)).toBe('ticket-signature');
    expect(refuseTicket(parsed(deviceText), new Uint8Array(31), endpoint, now)).toBe('ticket-signature');
  });

  it('fails with any single bit of the signature flipped', () => {
    const ticket = parsed(deviceText);
    for (let bit = 0; bit < 512; bit++) {
      const flipped = { ...ticket, signature: flipBit(ticket.signature, bit) };
      expect(refuseTicket(flipped, connectKey, endpoint, now)).toBe('ticket-signature');
    }
  });

  it('fails with any character of a field changed', () => {
    const end = deviceText.lastIndexOf('.');
    for (let i = 0; i < end; i++) {
      const changed = `${deviceText.slice(0, i)}${deviceText[i] === '1' ? '2' : '1'}${deviceText.slice(i + 1)}`;
      const ticket = parseTicket(changed);
      if (ticket) expect(refuseTicket(ticket, connectKey, endpoint, ticket.time)).toBe('ticket-signature');
    }
  });

  it.each([
    ['device 0', { device: 0 }],
    ['device 128', { device: 128 }],
    ['registration 0', { registration: 0 }],
    ['registration 16,381', { registration: 16_381 }],
    ['a fraction of a millisecond', { time: now + 0.5 }],
    ['number 2^53', { number: 2 ** 53 }],
    ['a negative number', { number: -1 }],
    ['an account that is none', { account: 'alice' }],
  ])('is not made for %s', (_, change) => {
    const fields = { account: alice.account, device: 1, registration, time: now, number: 1, ...change };
    expect(() => signDeviceTicket(fields, endpoint, connectSecret)).toThrow(RangeError);
  });
});

describe('a guest ticket', () => {
  it('is good at any time, so that a device with a wrong clock can ask what time it is', () => {
    const ticket = parsed(guestText);
    for (const later of [-1, 1]) {
      expect(
        refuseTicket(ticket, ed25519PublicKey(guestSecret), endpoint, now + later * 365 * 86_400_000),
      ).toBeUndefined();
    }
  });

  it('carries the key that signed it, over the specified bytes', () => {
    const ticket = parsed(guestText);
    const publicKey = ed25519PublicKey(guestSecret);
    expect(ticket).toMatchObject({ kind: 'guest', publicKey, time: now });
    expect(platformVerifies(guestText, publicKey)).toBe(true);
    expect(refuseTicket(ticket, publicKey, endpoint, now)).toBeUndefined();
  });
});

describe('a text that is not exactly a ticket', () => {
  const d = deviceText.split('.');
  const changed = (index: number, value: string) => d.map((part, i) => (i === index ? value : part)).join('.');

  it.each<[string, string]>([
    ['nothing', ''],
    ['another kind', changed(0, 'x')],
    ['a missing field', d.slice(0, 6).join('.')],
    ['one field more', `${deviceText}.1`],
    ['an upper-case account', changed(1, alice.account.toUpperCase())],
    ['an account of another UUID version', changed(1, '00000000-0000-4000-8000-000000000000')],
    ['a leading zero', changed(2, '01')],
    ['a sign', changed(2, '+1')],
    ['a space', changed(2, ' 1')],
    ['an exponent', changed(4, '1e3')],
    ['hexadecimal', changed(2, '0x1')],
    ['an empty number', changed(5, '')],
    ['device 128', changed(2, '128')],
    ['number 2^53', changed(5, '9007199254740992')],
    ['a short signature', deviceText.slice(0, -4)],
    ['spare bits in the signature', `${deviceText.slice(0, -1)}B`],
    ['padding', `${deviceText}==`],
    ['a guest with a short key', `g.AAAA.${now}.${d[6]}`],
    ['a guest with a number', `${guestText.replace(/\.([^.]+)$/, '.1.$1')}`],
    ['a thousand dots', '.'.repeat(1_000)],
  ])('is refused: %s', (_, text) => {
    expect(parseTicket(text)).toBeUndefined();
  });

  it('leaves room in the limit for the longest ticket', () => {
    const longest = { account: alice.account, device: 127, registration: 16_380, time: 8_640_000_000_000 };
    const text = signDeviceTicket({ ...longest, number: Number.MAX_SAFE_INTEGER }, endpoint, connectSecret);
    expect(text.length).toBeLessThan(TICKET_CHARACTERS);
  });
});
