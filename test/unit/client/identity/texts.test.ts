import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readContactLink, writeContactLink } from '../../../../client/identity/contact-link.ts';
import { decodeGrouped, encodeGrouped } from '../../../../client/identity/grouped-text.ts';
import {
  newRecoverySecret,
  readRecoveryPhrase,
  recoveryKeyOf,
  writeRecoveryPhrase,
} from '../../../../client/identity/recovery-phrase.ts';
import { compareVerificationCode, writeVerificationCode } from '../../../../client/identity/verification-code.ts';
import { seededBytes, TestAccount } from '../../../support/identities.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('text that people type', () => {
  it('comes back from fourteen groups of four, however it is typed', () => {
    fc.assert(
      fc.property(bytes(32), (value) => {
        const text = encodeGrouped('a', value);
        expect(text).toMatch(/^([0-9A-HJKMNP-TV-Z]{4} ){13}[0-9A-HJKMNP-TV-Z]{4}$/);
        const typed = text.toLowerCase().replaceAll(' ', '-').replaceAll('0', 'o').replaceAll('1', 'l');
        expect(decodeGrouped('a', typed)).toEqual(value);
        expect(decodeGrouped('b', text)).toBeUndefined();
      }),
    );
  });

  it('is refused with any one character changed', () => {
    const text = encodeGrouped('a', seededBytes('text'));
    for (let at = 0; at < text.length; at++) {
      if (text[at] === ' ') continue;
      const other = text[at] === 'Z' ? 'Y' : 'Z';
      expect(decodeGrouped('a', text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
    expect(decodeGrouped('a', `${text} 0000`)).toBeUndefined();
    expect(decodeGrouped('a', text.replace(/.$/, 'U'))).toBeUndefined();
  });
});

describe('the recovery phrase', () => {
  it('alone says which account, and gives its recovery key', () => {
    const { account } = new TestAccount('phrase');
    const secret = newRecoverySecret();
    const read = readRecoveryPhrase(writeRecoveryPhrase({ secret, account }));
    expect(read).toEqual({ secret, account });
    expect(recoveryKeyOf(read?.secret ?? secret)).toEqual(recoveryKeyOf(secret));
  });

  it('follows the specification to the bit', () => {
    const key = recoveryKeyOf(seededBytes('recovery vector', 16));
    expect(Buffer.from(key.hash).toString('hex')).toMatchInlineSnapshot(
      `"2844af0046ec307d8ae75c13c08ea590e5d521ff416508139006e0f2e9006db7"`,
    );
  });
});

describe('a contact link', () => {
  const { commitment, account } = new TestAccount('link');
  const token = seededBytes('token', 16);
  const link = writeContactLink({ commitment, token });

  it('carries commitment and token', () => {
    expect(readContactLink(link)).toEqual({ account, commitment, token });
  });

  it.each([
    ['a longer text', `${link}A`],
    ['a shorter one', link.slice(0, -1)],
    ['another version', link.replace(':1:', ':2:')],
    ['capitals', link.replace('sotto', 'SOTTO')],
    ['white space', ` ${link}`],
    ['padding', `${link}=`],
    ['another alphabet', link.replace(/.$/, '+')],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(readContactLink(text)).toBeUndefined();
  });
});

describe('the verification code', () => {
  const party = ({ account, content }: TestAccount) => ({ account, accountKey: content.accountKey });
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => party(new TestAccount(name)));
  if (!alice || !bob || !carol) throw new Error('three people');
  const shown = writeVerificationCode(bob, alice);

  it('matches when both hold the same keys', () => {
    expect(compareVerificationCode(shown, alice, bob)).toBe('match');
  });

  it('differs when either key is another one', () => {
    const forged = { ...bob, accountKey: carol.accountKey };
    expect(compareVerificationCode(shown, alice, forged)).toBe('different');
    expect(
      compareVerificationCode(writeVerificationCode(bob, { ...alice, accountKey: carol.accountKey }), alice, bob),
    ).toBe('different');
  });

  it('tells another person from an attack', () => {
    expect(compareVerificationCode(shown, alice, carol)).toBe('other-person');
    expect(compareVerificationCode(writeVerificationCode(alice, bob), alice, bob)).toBe('other-person');
  });

  it('refuses what is none', () => {
    expect(compareVerificationCode(`${shown}AA`, alice, bob)).toBe('malformed');
    expect(compareVerificationCode('', alice, bob)).toBe('malformed');
  });
});
