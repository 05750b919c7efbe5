import * as z from 'zod/mini';
import { base64UrlDecode, base64UrlEncode } from './base64url.ts';
import { CIPHERTEXT_BYTES, DEVICE_ID, PREKEY_ID, REGISTRATION_ID } from './limits.ts';

/** Bytes in a frame: base64url without padding as text, a Uint8Array of `min` to `max` bytes once decoded. */
export function bytes(min: number, max: number = min) {
  return z.codec(
    z.string().check(z.maxLength(Math.ceil((max * 4) / 3))),
    z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= min && value.length <= max),
    {
      decode(text, context) {
        const decoded = base64UrlDecode(text);
        if (decoded) return decoded;
        context.issues.push({ code: 'custom', message: 'not base64url', input: text });
        return z.NEVER;
      },
      encode: (value) => base64UrlEncode(value),
    },
  );
}

/** Whole number from `min` to `max`. */
export const whole = (min: number, max: number) => z.int().check(z.minimum(min), z.maximum(max));

/** The client's own name for a request; its reply carries it. */
export const requestId = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,36}$/));
/** A UUID of version 8, made of the first 16 bytes of the account's commitment. */
export const accountId = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
/** A UUID of version 7 (RFC 9562), made by the sending client. */
export const messageId = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
export const deviceId = whole(1, DEVICE_ID);
export const registrationId = whole(1, REGISTRATION_ID);
export const preKeyId = whole(1, PREKEY_ID);
/** Sequence of a device list, from 1. */
export const sequence = whole(1, 99_999_999);
/** Milliseconds since 1970. */
export const time = whole(0, 8_640_000_000_000);
export const hash = bytes(32);
export const contactToken = bytes(16);
export const ciphertext = bytes(1, CIPHERTEXT_BYTES);
/** A public key on Curve25519 as Signal serialises it: 05 and 32 bytes. */
export const ecKey = bytes(33);
/** Signal's identity key of a device, of the same form. */
export const identityKey = ecKey.check(z.refine((key) => key[0] === 0x05));
/** A public Kyber1024 key as Signal serialises it: 08 and 1,568 bytes. */
export const kemKey = bytes(1569);
export const signature = bytes(64);
