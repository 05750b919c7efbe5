import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBody, encodeBody } from '../../../../client/device/message-body.ts';
import { pad, unpad } from '../../../../client/signal-protocol/index.ts';
import { concat, lp, utf8 } from '../../../../shared/protocol/bytes.ts';
import { frankingCommitment } from '../../../../shared/trust/franking.ts';
import { seededBytes } from '../../../support/identities.ts';

const frankingKey = seededBytes('franking key');
const view = { sequence: 7, hash: seededBytes('hash') };
const views = { version: 1 as const, from: view, to: view };

describe('a message body', () => {
  it('comes back as it was, whatever its content', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (content) => {
        const body = { content, frankingKey, views };
        expect(decodeBody(encodeBody(body), frankingCommitment(frankingKey, content))).toEqual(body);
      }),
    );
  });

  it('that does not open its commitment is nothing', () => {
    const body = encodeBody({ content: utf8('what was said'), frankingKey, views });
    expect(decodeBody(body, frankingCommitment(frankingKey, utf8('what was not')))).toBeUndefined();
    expect(decodeBody(body, frankingCommitment(seededBytes('another key'), utf8('what was said')))).toBeUndefined();
  });

  it('with a key of 31 bytes, or with anything beyond its fields, is nothing', () => {
    const content = utf8('short');
    const plain = unpad(encodeBody({ content, frankingKey: new Uint8Array(32), views }));
    const commitment = frankingCommitment(new Uint8Array(32), content);
    expect(decodeBody(pad(plain), commitment)).toBeDefined();
    const viewsAt = lp(content).length + 32;
    expect(
      decodeBody(pad(concat(plain.subarray(0, viewsAt - 1), plain.subarray(viewsAt))), commitment),
    ).toBeUndefined();
    expect(decodeBody(pad(concat(plain, Uint8Array.of(1))), commitment)).toBeUndefined();
  });

  it('of any bytes at all is nothing, and no exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeBody(bytes, frankingKey)).toBeUndefined();
        expect(decodeBody(pad(bytes), frankingKey)).toBeUndefined();
      }),
    );
  });
});
