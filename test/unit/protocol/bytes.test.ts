import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64UrlDecode, base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { concat, constantTimeEqual, fromUtf8, lp, u64, utf8 } from '../../../shared/protocol/bytes.ts';

describe('base64url', () => {
  // RFC 4648 section 10, without padding.
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j as %j and reads it back', (plain, encoded) => {
    expect(base64UrlEncode(utf8(plain))).toBe(encoded);
    expect(base64UrlDecode(encoded)).toEqual(utf8(plain));
  });

  it('agrees with the platform on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(base64UrlEncode(bytes)).toBe(text);
        expect(base64UrlDecode(text)).toEqual(Uint8Array.from(bytes));
      }),
      { seed: 1 },
    );
  });

  it('refuses every text that it would not write itself', () => {
    const letters = [...'AQgw9_-+/= \nÄ\u{1F600}'];
    const text = fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = base64UrlDecode(candidate);
        const canonical = Buffer.from(candidate, 'base64url').toString('base64url') === candidate;
        expect(bytes !== undefined).toBe(canonical);
      }),
      { seed: 2, numRuns: 5_000 },
    );
  });

  it.each([
    ['padding', 'Zg=='],
    ['spare bits in two characters', 'Zh'],
    ['spare bits in three characters', 'Zm9'],
    ['a single character', 'Z'],
    ['the other alphabet', '+/'],
    ['white space', 'Zm 9v'],
    ['a letter outside ASCII', 'Zm9\u0176'],
  ])('refuses %s', (_, text) => {
    expect(base64UrlDecode(text)).toBeUndefined();
  });
});

describe('bytes', () => {
  it('are prefixed with their length as four bytes, text as its UTF-8', () => {
    expect(lp(Uint8Array.of(7, 8))).toEqual(Uint8Array.of(0, 0, 0, 2, 7, 8));
    expect(lp('ä')).toEqual(Uint8Array.of(0, 0, 0, 2, 0xc3, 0xa4));
    expect(lp(new Uint8Array(0x0102)).subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 1, 2));
  });

  it('hold numbers as eight bytes, and only whole ones from 0 to 2^53 - 1', () => {
    expect(u64(0x0102030405)).toEqual(Uint8Array.of(0, 0, 0, 1, 2, 3, 4, 5));
    expect(u64(Number.MAX_SAFE_INTEGER)).toEqual(Uint8Array.of(0, 0x1f, 255, 255, 255, 255, 255, 255));
    for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => u64(wrong)).toThrow(RangeError);
  });

  it('are put together in order', () => {
    expect(concat(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are equal when all of them are', () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(3, 2), Uint8Array.of(1, 2))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(), Uint8Array.of())).toBe(true);
  });

  it('are text only when they are UTF-8, and a byte order mark stays', () => {
    expect(fromUtf8(utf8('grüße'))).toBe('grüße');
    expect(fromUtf8(Uint8Array.of(0xff))).toBeUndefined();
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\uFEFFa');
  });
});
