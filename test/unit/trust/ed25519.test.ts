import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../../shared/protocol/bytes.ts';
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from '../../../shared/trust/ed25519.ts';
import { seededBytes } from '../../support/identities.ts';

const { Fn } = ed25519.Point;
const secret = seededBytes('secret');
const publicKey = ed25519PublicKey(secret);
const message = utf8('message');
const signature = ed25519Sign(secret, message);

describe('Ed25519', () => {
  it('verifies what it signs', () => {
    expect(ed25519Verify(publicKey, message, signature)).toBe(true);
    expect(ed25519Verify(publicKey, utf8('another'), signature)).toBe(false);
  });

  it('refuses a key of small order, for which one signature is good for every message', () => {
    const neutral = Uint8Array.of(1, ...new Array<number>(31).fill(0));
    const universal = concat(neutral, new Uint8Array(32));
    expect(ed25519.verify(universal, message, neutral, { zip215: true })).toBe(true);
    expect(ed25519Verify(neutral, message, universal)).toBe(false);
  });

  it('refuses the same signature with the group order added to s', () => {
    const s = Fn.fromBytes(signature.slice(32)) + Fn.ORDER;
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((s >> BigInt(8 * i)) & 0xffn));
    expect(ed25519Verify(publicKey, message, concat(signature.subarray(0, 32), bytes))).toBe(false);
  });

  it('refuses other lengths without an exception', () => {
    expect(ed25519Verify(publicKey.slice(1), message, signature)).toBe(false);
    expect(ed25519Verify(publicKey, message, signature.slice(1))).toBe(false);
    expect(ed25519Verify(publicKey, message, concat(signature, signature))).toBe(false);
  });
});
