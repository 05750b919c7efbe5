import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../../shared/protocol/bytes.ts';
import {
  frankingCommitment,
  frankingWeek,
  opensCommitment,
  type Report,
  reportHolds,
  stampTag,
} from '../../../shared/trust/franking.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { flipBit } from './judging.ts';

const key = seededBytes('franking key');
const weekKey = seededBytes('week key');
const plaintext = utf8('{"type":"text","content":"hello"}');
const commitment = frankingCommitment(key, plaintext);
const alice = new TestAccount('alice').account;
const bob = new TestAccount('bob').account;
const stamped = {
  commitment,
  sender: alice,
  senderDevice: 2,
  recipient: bob,
  messageId: '01907e0a-0000-7000-8000-000000000001',
  time: 1_720_000_000_123,
};
const { commitment: _, ...context } = stamped;
const report: Report = { ...context, plaintext, frankingKey: key, tag: stampTag(weekKey, stamped) };

/** lp() of the specification, from the platform's own parts. */
function lengthPrefixed(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part)];
    }),
  );
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

describe('a commitment', () => {
  it('is the HMAC of the specification, all 32 bytes of it', () => {
    const bytes = lengthPrefixed('sotto/frank/v1', Buffer.from(plaintext));
    expect(Buffer.from(commitment)).toEqual(createHmac('sha256', key).update(bytes).digest());
    expect(commitment).toHaveLength(32);
  });

  it('opens with its key and plaintext', () => {
    expect(opensCommitment(commitment, key, plaintext)).toBe(true);
  });

  it('does not open with any bit of commitment, key or plaintext flipped', () => {
    for (let bit = 0; bit < 256; bit++) {
      expect(opensCommitment(flipBit(commitment, bit), key, plaintext)).toBe(false);
      expect(opensCommitment(commitment, flipBit(key, bit), plaintext)).toBe(false);
    }
    for (let bit = 0; bit < 8 * plaintext.length; bit++) {
      expect(opensCommitment(commitment, key, flipBit(plaintext, bit))).toBe(false);
    }
  });

  it('has one key: 31 bytes and the same with a zero byte are not both one', () => {
    const short = seededBytes('short').slice(0, 31);
    const padded = concat(short, Uint8Array.of(0));
    const opened = frankingCommitment(padded, plaintext);
    const bytes = lengthPrefixed('sotto/frank/v1', Buffer.from(plaintext));
    expect(Buffer.from(opened)).toEqual(createHmac('sha256', short).update(bytes).digest());
    expect(opensCommitment(opened, padded, plaintext)).toBe(true);
    expect(opensCommitment(opened, short, plaintext)).toBe(false);
    expect(() => frankingCommitment(short, plaintext)).toThrow(RangeError);
    expect(() => frankingCommitment(concat(padded, short), plaintext)).toThrow(RangeError);
  });

  it('is never compared cut short', () => {
    expect(opensCommitment(commitment.subarray(0, 16), key, plaintext)).toBe(false);
  });
});

describe('a stamp', () => {
  it('is the HMAC of the specification', () => {
    const bytes = lengthPrefixed(
      'sotto/stamp/v1',
      Buffer.from(commitment),
      alice,
      number(2),
      bob,
      stamped.messageId,
      number(stamped.time),
    );
    expect(Buffer.from(report.tag)).toEqual(createHmac('sha256', weekKey).update(bytes).digest());
  });

  it('is made with 32 bytes of key', () => {
    expect(() => stampTag(weekKey.slice(1), stamped)).toThrow(RangeError);
  });

  it('belongs to the week in which the message was accepted', () => {
    expect(frankingWeek(0)).toBe(0);
    expect(frankingWeek(604_799_999)).toBe(0);
    expect(frankingWeek(604_800_000)).toBe(1);
  });
});

describe('a report', () => {
  it('holds when the recipient makes it', () => {
    expect(reportHolds(weekKey, report, bob)).toBe(true);
  });

  it.each<[string, Partial<Report>]>([
    ['plaintext', { plaintext: utf8('{"type":"text","content":"jello"}') }],
    ['franking key', { frankingKey: seededBytes('other') }],
    ['tag', { tag: seededBytes('other') }],
    ['tag cut short', { tag: report.tag.subarray(0, 16) }],
    ['sender', { sender: bob }],
    ['sender device', { senderDevice: 1 }],
    ['recipient', { recipient: alice }],
    ['message id', { messageId: '01907e0a-0000-7000-8000-000000000002' }],
    ['time', { time: stamped.time + 1 }],
  ])('does not hold with another %s', (_name, change) => {
    expect(reportHolds(weekKey, { ...report, ...change }, bob)).toBe(false);
  });

  it('does not hold with any bit of plaintext, key or tag flipped', () => {
    fc.assert(
      fc.property(fc.constantFrom('plaintext', 'frankingKey', 'tag'), fc.nat(1_000_000), (field, at) => {
        const flipped = flipBit(report[field], at % (8 * report[field].length));
        return !reportHolds(weekKey, { ...report, [field]: flipped }, bob);
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });

  it("is the recipient's alone: not the sender's, not a stranger's", () => {
    expect(reportHolds(weekKey, report, alice)).toBe(false);
    expect(reportHolds(weekKey, report, new TestAccount('carol').account)).toBe(false);
  });

  it('does not hold under the key of another week, or once the key is gone', () => {
    expect(reportHolds(seededBytes('next week'), report, bob)).toBe(false);
    expect(reportHolds(undefined, report, bob)).toBe(false);
    const forged = { ...report, tag: stampTag(new Uint8Array(32), stamped) };
    expect(reportHolds(undefined, forged, bob)).toBe(false);
  });

  it('does not hold with a key that only HMAC takes for the committed one', () => {
    const short = seededBytes('short').slice(0, 31);
    const opened = frankingCommitment(concat(short, Uint8Array.of(0)), plaintext);
    const tag = stampTag(weekKey, { ...stamped, commitment: opened });
    expect(reportHolds(weekKey, { ...report, tag, frankingKey: short }, bob)).toBe(false);
    expect(reportHolds(weekKey, { ...report, tag, frankingKey: concat(short, Uint8Array.of(0)) }, bob)).toBe(true);
  });
});
