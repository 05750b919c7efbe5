import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes } from '../../../relay/ip.ts';
import { decodeAddress, encodeAddress } from '../../../relay/turn/address.ts';
import { attribute, decode, encode, integrityKey, isAuthentic } from '../../../relay/turn/message.ts';
import { ATTRIBUTE, CLASS, METHOD } from '../../../relay/turn/types.ts';

/** RFC 5769, section 2.2: a response with an IPv4 address, signed with a short-term password. */
const SAMPLE = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  'hex',
);

describe('a STUN message', () => {
  it("is read as in RFC 5769's example", () => {
    const message = decode(SAMPLE);
    expect(message).toMatchObject({ method: METHOD.binding, class: CLASS.success });
    if (!message) return expect.fail();
    expect(decodeAddress(attribute(message, ATTRIBUTE.mapped), message.transaction)).toEqual({
      address: '192.0.2.1',
      port: 32_853,
    });
    expect(isAuthentic(SAMPLE, Buffer.from('VOkJxbRl1RmTxUk/WvJxBt'))).toBe(true);
    expect(isAuthentic(SAMPLE, Buffer.from('another'))).toBe(false);
  });

  it('is authentic only unchanged', () => {
    const key = integrityKey('user', 'realm', 'password');
    const bytes = encode(
      {
        method: METHOD.allocate,
        class: CLASS.request,
        transaction: new Uint8Array(12),
        attributes: [[ATTRIBUTE.username, Buffer.from('user')]],
      },
      key,
    );
    expect(isAuthentic(bytes, key)).toBe(true);
    const changed = Buffer.from(bytes);
    changed[25] = (changed[25] ?? 0) ^ 1;
    expect(isAuthentic(changed, key)).toBe(false);
  });

  it('survives every method, class and attribute', () => {
    const message = fc.record({
      method: fc.integer({ min: 0, max: 0xfff }),
      class: fc.constantFrom(...Object.values(CLASS)),
      transaction: fc.uint8Array({ minLength: 12, maxLength: 12 }),
      attributes: fc.array(fc.tuple(fc.integer({ min: 0x30, max: 0xffff }), fc.uint8Array({ maxLength: 99 })), {
        maxLength: 5,
      }),
    });
    fc.assert(
      fc.property(message, (original) => {
        const read = decode(encode(original));
        expect(read?.method).toBe(original.method);
        expect(read?.class).toBe(original.class);
        const attributes = read?.attributes.slice(0, -1).map(([type, value]) => [type, Uint8Array.from(value)]);
        expect(attributes).toEqual(original.attributes);
      }),
      { seed: 8489 },
    );
  });

  it('is nothing at all when it is cut or padded', () => {
    for (let length = 0; length < SAMPLE.length; length++) expect(decode(SAMPLE.subarray(0, length))).toBeUndefined();
    expect(decode(Buffer.concat([SAMPLE, Buffer.alloc(4)]))).toBeUndefined();
  });
});

describe('an address', () => {
  it('survives being masked', () => {
    const endpoints = fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.integer({ min: 0, max: 65_535 }) });
    fc.assert(
      fc.property(endpoints, fc.uint8Array({ minLength: 12, maxLength: 12 }), (endpoint, transaction) => {
        const read = decodeAddress(encodeAddress(endpoint, transaction), transaction);
        expect(addressBytes(read?.address ?? '')).toEqual(addressBytes(endpoint.address));
        expect(read?.port).toBe(endpoint.port);
      }),
      { seed: 8656 },
    );
  });
});
