// The bytes of version 1, frozen. A test that fails here means that deployed clients would no longer understand each other: make a new
// version of the type instead of new values. Everything follows from the seed `vector`; long values stand as their SHA-256.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { expect, it } from 'vitest';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { fromUtf8, utf8 } from '../../../shared/protocol/bytes.ts';
import { consentStatement } from '../../../shared/trust/device-consent.ts';
import { frankingCommitment, stampTag } from '../../../shared/trust/franking.ts';
import { encodeHistory } from '../../../shared/trust/pinned-account.ts';
import { prefix, STATEMENTS, statement } from '../../../shared/trust/statement.ts';
import { signGuestTicket } from '../../../shared/trust/ticket.ts';
import { seededBytes, TEST_EPOCH_MS, TestAccount } from '../../support/identities.ts';
import { pin } from './judging.ts';

const account = new TestAccount('vector');
const device = account.device(1);
const endpoint = 'wss://sotto.example';
const hex = bytesToHex;
const digest = (bytes: Uint8Array) => hex(sha256(bytes));
const [listSignature] = account.list.signatures;
const second = new TestAccount('vector');
second.publish({ add: 1, accountKey: 'recover' });
const commitment = frankingCommitment(seededBytes('franking key'), utf8('plaintext'));
const stamped = {
  commitment,
  sender: account.account,
  senderDevice: 1,
  recipient: account.account,
  messageId: '01907e0a-0000-7000-8000-000000000001',
  time: TEST_EPOCH_MS,
};

const vectors: Record<string, readonly [actual: string | undefined, frozen: string]> = {
  'statement prefixes': [
    Object.values(STATEMENTS)
      .map((type) => fromUtf8(prefix(type)))
      .join(),
    'sotto/account/v1\0,sotto/device-list/v1\0,sotto/device-consent/v1\0,sotto/fresh/v1\0,sotto/connect/v1\0',
  ],
  'account commitment': [hex(account.commitment), 'f6fb412932c66fe0233b7483b81ee858376a495a2f65aef500375551fe23568f'],
  'account id': [account.account, 'f6fb4129-32c6-8fe0-a33b-7483b81ee858'],
  'identity key': [hex(device.identityKey), '05e9e26897448a1f83c8a8db6c69279db8401ad1e77a9121e54dffd7b0b843330c'],
  'connect key': [hex(device.connectKey), '8a8581b30535bc1471f22a21cd6ba96ad67cb53401c0e231b31d91db6a52a716'],
  'identity consent, signed bytes': [
    hex(consentStatement('identity', account.account, device)),
    '736f74746f2f6465766963652d636f6e73656e742f763100000000086964656e746974790000002466366662343132392d333263362d386665302d613333622d3734383362383165653835380000000800000000000000010000002105e9e26897448a1f83c8a8db6c69279db8401ad1e77a9121e54dffd7b0b843330c000000208a8581b30535bc1471f22a21cd6ba96ad67cb53401c0e231b31d91db6a52a716000000080000000000000001',
  ],
  'identity consent, signature': [
    hex(device.consents.identity),
    '8a19aee1cb081c30c910dde473ab30f022800fc1ffa1acfcf7e99b2ef99797f754a46e1bd2697ef94fb995b1215dab068b4a6c197ddbc1d25d1d2e5f77de1a0c',
  ],
  'connect consent, signed bytes (SHA-256)': [
    digest(consentStatement('connect', account.account, device)),
    '6da15fca4620be704ccaefaed8669c5f544c5caddd6097081d551c74c7246c3e',
  ],
  'connect consent, signature': [
    hex(device.consents.connect),
    'f3cda2e4af3dfe943ef3b2d7dab2a11837a10475c2485fc9aef28a9c29c6f0bccb8aaafde4e3f911b67532f78ef597613f20325add72b4417b85b8af9a858f03',
  ],
  'device list, payload': [
    fromUtf8(account.list.payload),
    '{"version":1,"account":"f6fb4129-32c6-8fe0-a33b-7483b81ee858","generation":1,"sequence":1,"previous":null,"accountKey":"FRzplUvx138eDYI5q45VH376OnQ1ICMvZvwJrNoPiz4","recoveryHash":"S7dEFvKjeJxYDGFwjJeeabXL09ZwJZmiY7alA29rNxs","salt":"H7qGLK-jlOaYMNuvQ-Vq1cYWm1zV37LhymzaITZPaQo","time":1720000000000,"devices":[{"id":1,"identityKey":"BeniaJdEih-DyKjbbGknnbhAGtHnepEh5U3_17C4QzMM","connectKey":"ioWBswU1vBRx8iohzWupatZ8tTQBwOIxsx2R22pSpxY","added":1,"registration":13869,"newConversations":true,"consents":{"identity":"ihmu4csIHDDJEN3kc6sw8CKAD8H_oaz89-mbLvmXl_dUpG4b0ml--U-5lbEhXasGi0psGX3bwdJdHS5fd94aDA","connect":"882i5K89_pQ-87LX2rKhGDehBHXCSF_JrvKKnCnG8LzLiqr95OP5EbZ1MveO9ZdhPyAyWt1ytEF7hbivmoWPAw"}}]}',
  ],
  'device list, hash': [hex(account.hash), '3eec3c2153e3a4cefb529876b712c94fc8c14b49ae7a22fe1ca0f52fe99de823'],
  'device list, signature': [
    listSignature && hex(listSignature.signature),
    'b6612d6bf97f5ebb84dd1ce54ac6a2a91a3f4fe460acf02dde5179cee761af4827be4d4d10c106caf4a8973e41cec77da380ad489c00e77f43d67c468446c70c',
  ],
  'device list, second payload (SHA-256)': [
    digest(second.list.payload),
    '9dedb9cce273284d9ca7782f4a00ded50f244ffca37c04fc121e9a3d0a1990e1',
  ],
  'history after a recovery': [
    hex(encodeHistory(pin(second).history)),
    'f6fb412932c66fe0233b7483b81ee858376a495a2f65aef500375551fe23568f151ce9954bf1d77f1e0d8239ab8e551f7efa3a743520232f66fc09acda0f8b3e4bb74416f2a3789c580c61708c979e69b5cbd3d6702599a263b6a5036f6b371b8ffbc8d36db44d849e54dbdb12c7b0658c552ed08b2328f70f44d8e2098b62025b652057013630b571a26a66a53ad276',
  ],
  'freshness, signed bytes': [
    hex(statement(STATEMENTS.fresh, account.account, 1, account.hash, TEST_EPOCH_MS)),
    '736f74746f2f66726573682f7631000000002466366662343132392d333263362d386665302d613333622d373438336238316565383538000000080000000000000001000000203eec3c2153e3a4cefb529876b712c94fc8c14b49ae7a22fe1ca0f52fe99de823000000080000019077fd3000',
  ],
  'freshness, signature': [
    hex(account.fresh(TEST_EPOCH_MS).signature),
    'bc2090b11d3188acfb8a973fd526505b2ad400202d53308b83976c648aa6934d1ecedacdbea5cf65f5c662c920feaea42e186a9589ed3579df5f87fb39806007',
  ],
  'device ticket': [
    account.ticket(1, endpoint, TEST_EPOCH_MS, 42),
    'd.f6fb4129-32c6-8fe0-a33b-7483b81ee858.1.13869.1720000000000.42.Kx9ZaZf9Fp1DLfzoHKlc3JstM4YRK9-fsTnTfdMN02eZCrnE1Gg8NzbgEVCHeYDMYRTBNoH_WmAG1Cgj2hXvCg',
  ],
  'guest ticket': [
    signGuestTicket(seededBytes('guest'), endpoint, TEST_EPOCH_MS),
    'g.cJfCA_XDM1HBiRLI2QDGoPqU8r1iQDJ6gSWDWzlo0_g.1720000000000.nwoXs49z2nLxKKNy41_-P0CFWyvIoeJ8tFXQH0ygh6TC08elubHccck1_YmPSw1_iwdyxIUBcxmMM48eg90EBQ',
  ],
  'franking commitment': [hex(commitment), '8282351d0c2dab5365bfdb86991914a996eb4396f32e7d939e9201f07444f18e'],
  stamp: [
    hex(stampTag(seededBytes('week key'), stamped)),
    '94f2b01633d158ec2d82e47af803612fabc4c82bf52b40ce9584c65a166cb14f',
  ],
};

it.each(Object.entries(vectors))('%s', (_, [actual, frozen]) => {
  expect(actual).toBe(frozen);
});

/** Checks a signature with the platform's Ed25519. */
function platformVerifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array | undefined): boolean {
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64UrlEncode(publicKey) } });
  return signature !== undefined && verify(null, message, key, signature);
}

it('are what the platform makes of bytes that are put together here', () => {
  const { accountKey, recoveryHash } = account.content;
  const origin = [Buffer.from('sotto/account/v1\0'), accountKey, recoveryHash, seededBytes('vector/salt')];
  const hash = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest());
  expect(hash(Buffer.concat(origin))).toEqual(account.commitment);
  const list = Buffer.concat([Buffer.from('sotto/device-list/v1\0'), account.list.payload]);
  expect(hash(list)).toEqual(account.hash);
  expect(platformVerifies(accountKey, list, listSignature?.signature)).toBe(true);
  const consent = consentStatement('connect', account.account, device);
  expect(platformVerifies(device.connectKey, consent, device.consents.connect)).toBe(true);
  const fresh = statement(STATEMENTS.fresh, account.account, 1, account.hash, TEST_EPOCH_MS);
  expect(platformVerifies(accountKey, fresh, account.fresh(TEST_EPOCH_MS).signature)).toBe(true);
});
