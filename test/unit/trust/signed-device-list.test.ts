import { ed25519 } from '@noble/curves/ed25519.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SignedDeviceList } from '../../../shared/protocol/account.ts';
import { concat, fromUtf8, utf8 } from '../../../shared/protocol/bytes.ts';
import { DEVICES, LIST_PAYLOAD_BYTES } from '../../../shared/protocol/limits.ts';
import { consentsHold } from '../../../shared/trust/device-consent.ts';
import { type Device, decodeDeviceList, encodeDeviceList } from '../../../shared/trust/device-list.ts';
import { deviceListHash, signDeviceList, verifyDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { prefix, STATEMENTS } from '../../../shared/trust/statement.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { flipBit } from './judging.ts';

const alice = new TestAccount('alice');
const stranger = seededBytes('stranger');

/** A list whose signature holds over any payload. */
function signPayload(payload: Uint8Array, secret = alice.accountSecret): SignedDeviceList {
  const signature = ed25519.sign(concat(prefix(STATEMENTS.deviceList), payload), secret);
  return { payload, signatures: [{ alg: 'Ed25519', by: ed25519.getPublicKey(secret), signature }] };
}

/** The outcome for the text of alice's list after an edit, signed with her account key. */
function verifyText(edit: (text: string) => string) {
  const text = fromUtf8(alice.list.payload);
  if (text === undefined) throw new Error('not text');
  const edited = edit(text);
  expect(edited).not.toBe(text);
  return verifyDeviceList(signPayload(utf8(edited)));
}

function withDevice(change: Partial<Device>) {
  return signDeviceList({ ...alice.content, devices: [{ ...alice.device(1), ...change }] }, [alice.accountSecret]);
}

describe('a signed list', () => {
  it('says after verification what was signed', () => {
    expect(verifyDeviceList(alice.list)).toEqual({ list: alice.list, hash: alice.hash, content: alice.content });
  });

  it('is known by the hash of prefix and payload: signatures do not change it', () => {
    const more = signDeviceList(alice.content, [alice.accountSecret, stranger]);
    expect(deviceListHash(more)).toEqual(alice.hash);
  });

  it('fails with a bit of any byte of the payload flipped', () => {
    for (let i = 0; i < alice.list.payload.length; i++) {
      const payload = flipBit(alice.list.payload, 8 * i + (i % 8));
      expect(verifyDeviceList({ ...alice.list, payload })).toBe('signature');
    }
  });

  it.each(['signature', 'by'] as const)('fails with any single bit of %s flipped', (field) => {
    const [entry] = alice.list.signatures;
    if (!entry) throw new Error('no signature');
    for (let bit = 0; bit < 8 * entry[field].length; bit++) {
      const signatures = [{ ...entry, [field]: flipBit(entry[field], bit) }];
      expect(verifyDeviceList({ ...alice.list, signatures })).toBe('signature');
    }
  });

  it('needs a signature by its own account key, and every signature to hold', () => {
    const byStranger = signDeviceList(alice.content, [stranger]);
    expect(verifyDeviceList(byStranger)).toBe('signature');
    expect(verifyDeviceList({ ...alice.list, signatures: [] })).toBe('signature');
    const broken = byStranger.signatures.map((entry) => ({ ...entry, signature: new Uint8Array(64) }));
    expect(verifyDeviceList({ ...alice.list, signatures: [...alice.list.signatures, ...broken] })).toBe('signature');
  });

  it('has one signature a signer, and three at most', () => {
    const twice = { ...alice.list, signatures: [...alice.list.signatures, ...alice.list.signatures] };
    expect(verifyDeviceList(twice)).toBe('signature');
    const secrets = [alice.accountSecret, ...['a', 'b', 'c'].map((label) => seededBytes(label))];
    expect(verifyDeviceList(signDeviceList(alice.content, secrets))).toBe('signature');
    expect(verifyDeviceList(signDeviceList(alice.content, secrets.slice(0, 3)))).toHaveProperty('content');
  });
});

describe('the payload', () => {
  it('is written and read without loss at its largest, within its bound', () => {
    const devices = Array.from({ length: DEVICES }, (_, i) => ({
      ...alice.device(1),
      id: 120 + i,
      added: 99_999_999,
      registration: 16_380,
      newConversations: false,
    }));
    const largest = alice.next({ sequence: 99_999_999, generation: 99_999_999, time: 8_640_000_000_000, devices });
    const payload = encodeDeviceList(largest);
    expect(payload.length).toBeLessThan(LIST_PAYLOAD_BYTES);
    expect(decodeDeviceList(payload)).toEqual(largest);
  });

  it('is read only after a signature holds: rubbish without one is not even malformed', () => {
    const list = { ...signPayload(utf8('{')), signatures: alice.list.signatures };
    expect(verifyDeviceList(list)).toBe('signature');
    expect(verifyDeviceList({ ...list, signatures: [] })).toBe('signature');
    expect(verifyDeviceList(signPayload(utf8('{')))).toBe('malformed');
  });

  it.each<[string, (text: string) => string]>([
    ['a repeated key', (text) => text.replace('"version":1', '"version":1,"version":1')],
    ['a repeated key in a device', (text) => text.replace('"id":1', '"id":2,"id":1')],
    ['an unknown key', (text) => text.replace('"version":1', '"version":1,"note":1')],
    ['an unknown key in a device', (text) => text.replace('"id":1', '"id":1,"name":"x"')],
    ['__proto__', (text) => text.replace('"version":1', '"version":1,"__proto__":{}')],
    ['__proto__ in a device', (text) => text.replace('"id":1', '"id":1,"__proto__":{}')],
    ['constructor', (text) => text.replace('"version":1', '"version":1,"constructor":1')],
    ['white space', (text) => text.replace(',', ', ')],
    ['a byte order mark', (text) => `\uFEFF${text}`],
    ['an escaped letter', (text) => text.replace('"version"', '"\\u0076ersion"')],
    ['a number in another form', (text) => text.replace('"sequence":1', '"sequence":1e0')],
    ['a fraction', (text) => text.replace('"registration":', '"registration":0.')],
    ['a number as text', (text) => text.replace('"sequence":1', '"sequence":"1"')],
    ['another version', (text) => text.replace('"version":1', '"version":2')],
    ['device id 0', (text) => text.replace('"id":1', '"id":0')],
    ['device id 128', (text) => text.replace('"id":1', '"id":128')],
    ['registration 16,381', (text) => text.replace(/"registration":\d+/, '"registration":16381')],
    ['padding in base64url', (text) => text.replace(/("salt":"[^"]+)"/, '$1="')],
    ['a previous hash in the first list', (text) => text.replace('"previous":null', `"previous":"${'A'.repeat(43)}"`)],
    ['a short hash', (text) => text.replace(/("recoveryHash":"[^"]+)[^"]{2}"/, '$1"')],
    ['no devices', (text) => text.replace(/"devices":.*/, '"devices":[]}')],
    ['no salt in the first list', (text) => text.replace(/"salt":"[^"]+",/, '')],
    ['a device from the future', (text) => text.replace('"added":1', '"added":2')],
    ['an upper-case account id', (text) => text.replace(/"account":"[^"]+"/, (id) => id.replace(/[a-f]/, 'A'))],
    ['text after the object', (text) => `${text}{}`],
    ['an array', (text) => `[${text}]`],
  ])('is refused with %s', (_, edit) => {
    expect(verifyText(edit)).toBe('malformed');
  });

  it('may have its keys in any order', () => {
    const reordered = verifyText((text) =>
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())),
    );
    expect(reordered).toMatchObject({ content: alice.content });
  });

  it('is refused when it is not UTF-8', () => {
    expect(verifyDeviceList(signPayload(Uint8Array.of(0x22, 0xff, 0x22)))).toBe('malformed');
  });

  it('is refused when it is too long, before a signature is looked at', () => {
    const payload = new Uint8Array(LIST_PAYLOAD_BYTES + 1);
    expect(verifyDeviceList({ ...alice.list, payload })).toBe('malformed');
    expect(verifyDeviceList({ ...alice.list, payload: payload.subarray(1) })).toBe('signature');
  });

  it.each([
    ['twice the same id', [1, 1]],
    ['ids out of order', [2, 1]],
  ])('is refused with %s', (_, ids) => {
    expect(() =>
      encodeDeviceList({ ...alice.content, devices: ids.map((id) => ({ ...alice.device(1), id })) }),
    ).toThrow();
    const device = (id: number) => `{"id":${id},`;
    const twice = verifyText((text) =>
      text.replace(
        /"devices":\[\{"id":1,(.*)\]\}$/,
        (_match, rest) => `"devices":[${ids.map((id) => device(id) + rest)}]}`,
      ),
    );
    expect(twice).toBe('malformed');
  });

  it('is refused with an identity key of another type', () => {
    const identityKey = Uint8Array.from(alice.device(1).identityKey);
    identityKey[0] = 6;
    expect(() => withDevice({ identityKey })).toThrow();
  });
});

describe('a consent', () => {
  const device = alice.device(1);
  let bob: TestAccount;
  beforeAll(() => {
    bob = new TestAccount('bob');
  });

  it.each(['identity', 'connect'] as const)('fails with any single bit of the %s signature flipped', (by) => {
    for (let bit = 0; bit < 512; bit++) {
      const consents = { ...device.consents, [by]: flipBit(device.consents[by], bit) };
      expect(consentsHold(alice.account, { ...device, consents })).toBe(false);
    }
  });

  it.each<[string, Partial<Device>]>([
    ['id', { id: 2 }],
    ['identity key', { identityKey: new TestAccount('bob').device(1).identityKey }],
    ['connect key', { connectKey: new TestAccount('bob').device(1).connectKey }],
    ['added sequence', { added: 2 }],
  ])('is for one %s', (_, change) => {
    expect(consentsHold(alice.account, { ...device, ...change })).toBe(false);
  });

  it('is for one account', () => {
    expect(consentsHold(alice.account, device)).toBe(true);
    expect(consentsHold(bob.account, device)).toBe(false);
  });

  it.each(['identity', 'connect'] as const)('is missing in a list without the %s signature', (by) => {
    const consents = { ...device.consents, [by]: seededBytes('nothing', 64) };
    expect(verifyDeviceList(withDevice({ consents }))).toBe('consent');
  });

  it("cannot be the other key's consent", () => {
    const { identity, connect } = device.consents;
    expect(verifyDeviceList(withDevice({ consents: { identity: connect, connect: identity } }))).toBe('consent');
  });

  it('is not verified again for a device that is known with it', () => {
    const consents = { identity: new Uint8Array(64), connect: new Uint8Array(64) };
    const list = withDevice({ consents });
    expect(verifyDeviceList(list, [{ ...device, consents }])).toHaveProperty('content');
    expect(verifyDeviceList(list, [device])).toBe('consent');
    expect(verifyDeviceList(list)).toBe('consent');
  });

  it.each<[string, Partial<Device>]>([
    ['id', { id: 2 }],
    ['identity key', { identityKey: Uint8Array.of(5, ...seededBytes('other')) }],
    ['connect key', { connectKey: seededBytes('other') }],
    ['added sequence', { added: 2 }],
    ['identity consent', { consents: { ...device.consents, identity: seededBytes('other', 64) } }],
    ['connect consent', { consents: { ...device.consents, connect: seededBytes('other', 64) } }],
  ])('is verified for a device that is known with another %s', (_, change) => {
    const changed = signDeviceList(alice.next({ devices: [{ ...device, ...change }] }), [alice.accountSecret]);
    expect(verifyDeviceList(changed, [device])).toBe('consent');
  });
});
