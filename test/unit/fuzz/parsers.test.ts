import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromUtf8, utf8 } from '../../../shared/protocol/bytes.ts';
import { acceptNewAccount } from '../../../shared/trust/acceptance.ts';
import { decodeDeviceList } from '../../../shared/trust/device-list.ts';
import { ed25519Sign } from '../../../shared/trust/ed25519.ts';
import { decodePinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { verifyDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { prefix, STATEMENTS } from '../../../shared/trust/statement.ts';
import { parseTicket, refuseTicket } from '../../../shared/trust/ticket.ts';
import { seededBytes, TEST_EPOCH_MS, TestAccount } from '../../support/identities.ts';
import { mutated, mutatedJson } from './mutations.ts';

const ENDPOINT = 'wss://example.test/dev';
const RUNS = { seed: 11, numRuns: 1_500 };
const account = new TestAccount('fuzz', 2);
const { list } = account;
const payload = fromUtf8(list.payload) ?? '';

describe('a ticket', () => {
  const ticket = account.ticket(1, ENDPOINT, TEST_EPOCH_MS, 7);
  const { connectKey } = account.keys(1);
  const holds = (text: string): boolean => {
    const parsed = parseTicket(text);
    return parsed !== undefined && refuseTicket(parsed, connectKey, ENDPOINT, TEST_EPOCH_MS) === undefined;
  };

  it('holds only as it was written', () => {
    expect(holds(ticket)).toBe(true);
    const changed = mutated(utf8(ticket)).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(changed, (text) => {
        expect(holds(text)).toBe(text === ticket);
      }),
      RUNS,
    );
  });

  it('is parsed or not, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string()).map((parts) => ['d', ...parts].join('.')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseTicket(text)).toBeUndefined();
      }),
      RUNS,
    );
  });
});

describe('a device list', () => {
  it('is read only in the one spelling that it has', () => {
    const payloads = fc.oneof(mutatedJson(payload).map(utf8), mutated(list.payload), fc.uint8Array());
    fc.assert(
      fc.property(payloads, (bytes) => {
        const decoded = decodeDeviceList(bytes);
        const text = fromUtf8(bytes) ?? '';
        if (decoded) expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
      RUNS,
    );
  });

  it('that was changed is not believed', () => {
    const signatures = list.signatures;
    fc.assert(
      fc.property(mutated(list.payload), (bytes) => {
        if (Buffer.compare(bytes, list.payload) === 0) return;
        expect(typeof verifyDeviceList({ payload: bytes, signatures })).toBe('string');
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  it('that is wrong in itself is refused with a reason although its signature holds', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(mutatedJson(payload), (text) => {
        const bytes = utf8(text);
        const by = account.content.accountKey;
        const signatures = [
          {
            alg: 'Ed25519' as const,
            by,
            signature: ed25519Sign(account.accountSecret, concat(prefix(STATEMENTS.deviceList), bytes)),
          },
        ];
        const outcome = acceptNewAccount({ payload: bytes, signatures });
        kinds.add(outcome.kind);
        if (text !== payload) expect(outcome.kind).not.toBe('accepted');
      }),
      { ...RUNS, numRuns: 300 },
    );
    expect(kinds).toContain('refused');
  });
});

describe('what was pinned', () => {
  it('is read back, or it is a defect of the store with a RangeError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(seededBytes('history', 97))), (history) => {
        try {
          decodePinnedAccount(list, history);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      RUNS,
    );
  });
});
