import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { numericFingerprint } from '../../../client/signal-protocol/index.ts';

const alice = {
  identifier: utf8ToBytes('+14152222222'),
  key: hexToBytes('0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868'),
};
const bob = {
  identifier: utf8ToBytes('+14153333333'),
  key: hexToBytes('05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b'),
};

describe('the numeric fingerprint', () => {
  it('is the published one, from either side', () => {
    const published = '300354477692869396892869876765458257569162576843440918079131';
    expect(numericFingerprint(alice, bob)).toBe(published);
    expect(numericFingerprint(bob, alice)).toBe(published);
  });

  it('changes with a key and with an identifier', () => {
    const known = numericFingerprint(alice, bob);
    expect(numericFingerprint(alice, { ...bob, key: alice.key })).not.toBe(known);
    expect(numericFingerprint(alice, { ...bob, identifier: utf8ToBytes('+14153333334') })).not.toBe(known);
  });
});
