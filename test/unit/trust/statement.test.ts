import { describe, expect, it } from 'vitest';
import { concat, utf8 } from '../../../shared/protocol/bytes.ts';
import { consentStatement, consentsHold } from '../../../shared/trust/device-consent.ts';
import { ed25519Sign } from '../../../shared/trust/ed25519.ts';
import { freshnessHolds } from '../../../shared/trust/freshness.ts';
import { preKeySignatureHolds } from '../../../shared/trust/prekey-signature.ts';
import { verifyDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { prefix, STATEMENTS, statement } from '../../../shared/trust/statement.ts';
import { parseTicket, refuseTicket, signGuestTicket, type Ticket } from '../../../shared/trust/ticket.ts';
import { xeddsaSign } from '../../../shared/trust/xeddsa.ts';
import { seededBytes, TestAccount, testDevice, testSignedPreKey } from '../../support/identities.ts';

const endpoint = 'wss://sotto.example';
const time = 1_720_000_000_000;

describe('a statement', () => {
  it('is its type, a zero byte, and every field with its length', () => {
    const bytes = statement(STATEMENTS.fresh, 'ab', Uint8Array.of(9), 5);
    expect(bytes).toEqual(
      concat(
        utf8('sotto/fresh/v1\0'),
        Uint8Array.of(0, 0, 0, 2),
        utf8('ab'),
        Uint8Array.of(0, 0, 0, 1, 9),
        Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5),
      ),
    );
  });

  it('has a type that is not the beginning of another, with a version', () => {
    const types = Object.values(STATEMENTS);
    for (const type of types) {
      expect(type).toMatch(/^sotto\/[a-z-]+\/v[1-9]$/);
      const begins = types.filter((other) =>
        Buffer.from(prefix(other)).subarray(0, prefix(type).length).equals(prefix(type)),
      );
      expect(begins).toEqual([type]);
    }
  });

  it('begins with a byte that no serialised key begins with, because prekeys are signed without a prefix', () => {
    for (const type of Object.values(STATEMENTS)) expect([0x05, 0x08]).not.toContain(prefix(type)[0]);
  });
});

/** One person whose one Ed25519 key signs everything, so that only the bytes tell the types apart. */
function oneKeyForAll() {
  const alice = new TestAccount('alice');
  const secret = alice.accountSecret;
  const keys = { ...alice.keys(1), connectSecret: secret, connectKey: alice.content.accountKey };
  const device = testDevice(alice.account, keys, 1, 1);
  const ticketText = (text: string) => parseTicket(text) ?? fail(text);
  const guest = ticketText(signGuestTicket(secret, endpoint, time));
  const fields = ['d', alice.account, '1', '1', String(time), '1'];
  const connect: Ticket = {
    kind: 'device',
    account: alice.account,
    device: 1,
    registration: 1,
    time,
    number: 1,
    fields,
    signature: ed25519Sign(secret, statement(STATEMENTS.connect, endpoint, ...fields)),
  };
  const preKey = testSignedPreKey(keys);
  const [listSignature] = alice.list.signatures;
  const signatures = {
    list: listSignature?.signature ?? fail('no signature'),
    freshness: alice.fresh(time).signature,
    connectConsent: device.consents.connect,
    identityConsent: device.consents.identity,
    deviceTicket: connect.signature,
    guestTicket: guest.signature,
    preKey: preKey.signature,
  };
  const { accountKey } = alice.content;
  const verifiers: Record<keyof typeof signatures, (signature: Uint8Array) => boolean> = {
    list: (signature) =>
      typeof verifyDeviceList({ ...alice.list, signatures: [{ alg: 'Ed25519', by: accountKey, signature }] }) ===
      'object',
    freshness: (signature) => freshnessHolds({ ...alice.content, hash: alice.hash }, { time, signature }),
    connectConsent: (connect) => consentsHold(alice.account, { ...device, consents: { ...device.consents, connect } }),
    identityConsent: (identity) =>
      consentsHold(alice.account, { ...device, consents: { ...device.consents, identity } }),
    deviceTicket: (signature) => refuseTicket({ ...connect, signature }, accountKey, endpoint, time) === undefined,
    guestTicket: (signature) => refuseTicket({ ...guest, signature }, accountKey, endpoint, time) === undefined,
    preKey: (signature) => preKeySignatureHolds(device.identityKey, preKey.key, signature),
  };
  return { alice, keys, device, signatures, verifiers };
}

function fail(what: string): never {
  throw new Error(what);
}

describe('a signature of one type', () => {
  const { alice, keys, device, signatures, verifiers } = oneKeyForAll();

  it.each(Object.keys(verifiers) as (keyof typeof verifiers)[])('is accepted as %s only when it is one', (as) => {
    for (const [type, signature] of Object.entries(signatures))
      expect([type, verifiers[as](signature)]).toEqual([type, type === as]);
  });

  it('cannot be carried over with its bytes: a list whose payload is another statement', () => {
    const bytes = consentStatement('connect', alice.account, device);
    const by = alice.content.accountKey;
    const list = {
      payload: bytes,
      signatures: [{ alg: 'Ed25519' as const, by, signature: signatures.connectConsent }],
    };
    expect(verifyDeviceList(list)).toBe('signature');
  });

  it('cannot pass a consent for a prekey, nor a prekey of another shape', () => {
    const bytes = consentStatement('identity', alice.account, device);
    expect(preKeySignatureHolds(device.identityKey, bytes, device.consents.identity)).toBe(false);
    for (const length of [33, 1_569]) {
      const shaped = bytes.slice(0, length);
      const signature = xeddsaSign(keys.identityPrivateKey, shaped, seededBytes('random', 64));
      expect(preKeySignatureHolds(device.identityKey, shaped, signature)).toBe(false);
    }
  });

  it('reads the two consents as two types', () => {
    expect(consentStatement('identity', alice.account, device)).not.toEqual(
      consentStatement('connect', alice.account, device),
    );
  });
});
