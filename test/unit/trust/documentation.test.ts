import { readFileSync } from 'node:fs';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { base64UrlDecode } from '../../../shared/protocol/base64url.ts';
import { utf8 } from '../../../shared/protocol/bytes.ts';
import { acceptNewAccount } from '../../../shared/trust/acceptance.ts';
import { consentStatement } from '../../../shared/trust/device-consent.ts';
import { FIRST_RULES, SUCCESSOR_RULES } from '../../../shared/trust/list-rules.ts';
import { STATEMENTS } from '../../../shared/trust/statement.ts';
import { parseTicket, refuseTicket } from '../../../shared/trust/ticket.ts';
import { accepted } from './judging.ts';

const page = readFileSync(new URL('../../../docs/IDENTITY.md', import.meta.url), 'utf8');

/** The names in the last column of the tables of a section. */
function refusalsOf(section: string): string[] {
  const start = page.indexOf(`\n### ${section} `);
  const text = page.slice(start, page.indexOf('\n##', start + 1));
  return [...text.matchAll(/^\|.*\| `([a-z-]+)` \|$/gm)].map((row) => row[1] ?? '');
}

/** The lines of a block of the last section. */
function vector(index: number): string[] {
  const blocks = [...page.slice(page.indexOf('## 13.')).matchAll(/```\n([^`]*)\n```/g)];
  return (blocks[index]?.[1] ?? '').split('\n');
}

describe('docs/IDENTITY.md', () => {
  it('has the rules of a first and of a following list, in the order in which they are applied', () => {
    expect(refusalsOf('5.2')).toEqual(FIRST_RULES.map(([name]) => name));
    expect(refusalsOf('5.4')).toEqual(['account-key', ...SUCCESSOR_RULES.map(([name]) => name)]);
  });

  it('lists every type of statement', () => {
    const types = [...page.matchAll(/^\| `(sotto\/[a-z0-9/-]+)` \|/gm)].map((row) => row[1]);
    expect(types).toEqual(Object.values(STATEMENTS));
  });

  it('has test vectors that hold, from nothing but the page', () => {
    const [commitment, account] = vector(0);
    const [payload = '', hash, signature = ''] = vector(1);
    const by = base64UrlDecode(JSON.parse(payload).accountKey) ?? new Uint8Array();
    const signatures = [{ alg: 'Ed25519' as const, by, signature: hexToBytes(signature) }];
    const { content, history, ...pinned } = accepted(acceptNewAccount({ payload: utf8(payload), signatures }));
    expect([bytesToHex(history.commitment), content.account]).toEqual([commitment, account]);
    expect(bytesToHex(pinned.hash)).toBe(hash);
    const [device] = content.devices;
    if (!device) throw new Error('no device');
    expect([bytesToHex(consentStatement('identity', content.account, device))]).toEqual(vector(2));
    for (const text of vector(3)) {
      const ticket = parseTicket(text);
      const key = ticket?.kind === 'guest' ? ticket.publicKey : device.connectKey;
      expect(ticket && refuseTicket(ticket, key, 'wss://sotto.example', ticket.time)).toBeUndefined();
      expect(ticket).toBeDefined();
    }
  });
});
