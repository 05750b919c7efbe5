import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type CodeInput, shortCode } from '../../../../client/call/short-code.ts';

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const INPUT: CodeInput = {
  call: bytes(16, 1),
  leg: 1,
  offererRandom: bytes(16, 2),
  answererRandom: bytes(16, 3),
  offerer: {
    account: '11111111-1111-8111-8111-111111111111',
    device: 1,
    identityKey: bytes(33, 5),
    fingerprint: 'AA:BB',
  },
  answerer: {
    account: '22222222-2222-8222-8222-222222222222',
    device: 2,
    identityKey: bytes(33, 6),
    fingerprint: 'CC:DD',
  },
};

/** CALLS.md, section 7, with nothing of the implementation. */
function byTheBook(input: CodeInput): string {
  const hash = createHash('sha256');
  const put = (value: Uint8Array | string) => {
    const data = typeof value === 'string' ? Buffer.from(value) : value;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    hash.update(length).update(data);
  };
  put('sotto/call-code/v1');
  for (const value of [input.call, `${input.leg}`, input.offererRandom, input.answererRandom]) put(value);
  for (const side of [input.offerer, input.answerer]) {
    for (const value of [side.account, `${side.device}`, side.identityKey, side.fingerprint]) put(value);
  }
  let rest = 0n;
  for (const byte of hash.digest().subarray(0, 8)) rest = (rest * 256n + BigInt(byte)) % 100_000_000n;
  return rest.toString().padStart(8, '0');
}

describe('the short code', () => {
  it('is what the specification says', () => {
    for (let leg = 1; leg <= 200; leg++) expect(shortCode({ ...INPUT, leg })).toBe(byTheBook({ ...INPUT, leg }));
  });

  it('keeps its zeros', () => {
    const codes = Array.from({ length: 200 }, (_, leg) => shortCode({ ...INPUT, leg }));
    expect(codes.every((code) => /^[0-9]{8}$/.test(code))).toBe(true);
    expect(codes.some((code) => code.startsWith('0'))).toBe(true);
  });

  it('is another one for another call, leg, random, account, device, key, certificate or direction', () => {
    const { offerer, answerer } = INPUT;
    const others: CodeInput[] = [
      { ...INPUT, call: bytes(16, 9) },
      { ...INPUT, leg: 2 },
      { ...INPUT, offererRandom: bytes(16, 9) },
      { ...INPUT, answererRandom: bytes(16, 9) },
      { ...INPUT, offererRandom: INPUT.answererRandom, answererRandom: INPUT.offererRandom },
      { ...INPUT, offerer: answerer, answerer: offerer },
      ...[{ account: 'x' }, { device: 3 }, { identityKey: bytes(33, 9) }, { fingerprint: 'EE:FF' }].flatMap(
        (change) => [
          { ...INPUT, offerer: { ...offerer, ...change } },
          { ...INPUT, answerer: { ...answerer, ...change } },
        ],
      ),
    ];
    const codes = [INPUT, ...others].map(shortCode);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
