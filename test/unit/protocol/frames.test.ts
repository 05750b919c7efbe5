import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, type ActionName } from '../../../shared/protocol/actions.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import {
  decodeReply,
  decodeRequest,
  decodeServerFrame,
  encodeError,
  encodeEvent,
  encodeReply,
  encodeRequest,
  frameId,
  parseFrame,
} from '../../../shared/protocol/frames.ts';
import { FRAME_BYTES } from '../../../shared/protocol/limits.ts';

const account = '0193b2f0-0000-8000-8000-000000000001';
const message = '0193b2f0-0000-7000-8000-000000000001';
const send = {
  id: 'a1',
  message,
  to: account,
  list: 1,
  commitment: new Uint8Array(32).fill(7),
  ttl: 60,
  urgent: true,
  devices: [{ device: 1, registration: 5, type: 2 as const, ciphertext: new Uint8Array([1, 2, 3]) }],
};

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return 'none';
};

describe('a request', () => {
  it('comes back from its own text with its bytes', () => {
    const decoded = decodeRequest(parseFrame(encodeRequest('message.send', send)));
    expect(decoded).toEqual({ action: 'message.send', ...send });
  });

  it.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
    ['a prototype key', '{"__proto__":{}}'],
    ['a prototype key in depth', '{"a":[{"constructor":1}]}'],
    ['too long', JSON.stringify({ a: 'x'.repeat(FRAME_BYTES) })],
    ['too long in bytes, not in characters', JSON.stringify({ a: 'ü'.repeat(FRAME_BYTES / 2) })],
  ])('that is %s is a bad frame', (_, text) => {
    expect(codeOf(() => parseFrame(text))).toBe('bad-frame');
  });

  it.each([
    ['an action that does not exist', { action: 'message.read' }, 'unknown-action'],
    ['an action named like an object member', { action: 'toString' }, 'unknown-action'],
    ['no action', {}, 'unknown-action'],
    ['an unknown field', { action: 'prekeys.count', id: 'x', more: 1 }, 'bad-request'],
    ['an id that is too long', { action: 'prekeys.count', id: 'x'.repeat(37) }, 'bad-request'],
    ['padded base64', { action: 'link.open', id: 'x', room: `${'A'.repeat(43)}=` }, 'bad-request'],
    ['a room of 31 bytes', { action: 'link.open', id: 'x', room: 'A'.repeat(42) }, 'bad-request'],
    ['base64 with loose bits', { action: 'link.open', id: 'x', room: `${'A'.repeat(42)}B` }, 'bad-request'],
    ['nothing to publish', { action: 'prekeys.publish', id: 'x' }, 'bad-request'],
  ])('with %s is refused', (_, frame, code) => {
    expect(codeOf(() => decodeRequest(frame))).toBe(code);
  });

  it('names the field that is wrong, never its content', () => {
    const frame = { ...JSON.parse(encodeRequest('message.send', send)), ttl: -1 };
    expect(() => decodeRequest(frame)).toThrow(expect.objectContaining({ detail: { reason: 'ttl' } }));
  });

  it('never fails with anything but an error of the protocol', () => {
    const names = Object.keys(ACTIONS);
    const frames = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .record({ action: fc.constantFrom(...names), id: fc.anything(), to: fc.anything(), devices: fc.anything() })
        .map((value) => JSON.stringify(value) ?? ''),
    );
    fc.assert(
      fc.property(frames, (text) => {
        expect(['none', 'bad-frame', 'unknown-action', 'bad-request']).toContain(
          codeOf(() => decodeRequest(parseFrame(text))),
        );
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('is answered to its id, or to null when that cannot be read', () => {
    expect(frameId({ id: 'abc' })).toBe('abc');
    expect(frameId({ id: 'a b' })).toBeNull();
    expect(frameId({})).toBeNull();
  });
});

describe('a reply', () => {
  const reply = { ec: { page: 1, left: 2 }, kem: { page: 0, left: 0 }, signed: 3, lastResort: 4 };

  it('comes back from its own text', () => {
    const frame = decodeServerFrame(encodeReply('prekeys.count', 'r1', reply));
    if (frame.kind !== 'reply') throw new Error(frame.kind);
    expect(frame.id).toBe('r1');
    expect(decodeReply('prekeys.count', frame.fields)).toEqual(reply);
  });

  it('may carry fields of a later version', () => {
    expect(decodeReply('prekeys.count', { ...reply, later: true })).toEqual(reply);
  });

  it('that does not fit its schema is a bad frame to the client', () => {
    expect(codeOf(() => decodeReply('prekeys.count', { ...reply, signed: 'x' }))).toBe('bad-frame');
  });

  it('with an error brings its code, reason and time to wait', () => {
    const error = new ProtocolError('rate-limited', { retryAfter: 250 });
    expect(decodeServerFrame(encodeError(null, error))).toMatchObject({
      kind: 'error',
      id: null,
      error: { code: 'rate-limited', detail: { retryAfter: 250 } },
    });
  });

  it('is never sent when it is larger than a frame', () => {
    const list = {
      payload: new Uint8Array(6_000),
      signatures: [{ alg: 'Ed25519' as const, by: new Uint8Array(32), signature: new Uint8Array(64) }],
    };
    expect(() =>
      encodeReply('account.lists', 'r', { lists: [list, list, list, list], more: false, sequence: 4 }),
    ).toThrow('frame over the limit');
  });
});

describe('an event', () => {
  it('comes back from its own text', () => {
    const event = { event: 'link' as const, room: new Uint8Array(32), data: new Uint8Array([9]) };
    expect(decodeServerFrame(encodeEvent(event))).toEqual({ kind: 'event', event });
  });

  it('that is unknown is passed over, as the frames of the gateway itself are', () => {
    expect(decodeServerFrame('{"event":"later"}')).toEqual({ kind: 'other' });
    expect(decodeServerFrame('{"message":"Internal server error","connectionId":"x","requestId":"y"}')).toEqual({
      kind: 'other',
    });
  });

  it('never makes a client fail with anything but an error of the protocol', () => {
    const frame = fc.record({
      event: fc.constantFrom('message', 'link', 'pong', 'toString'),
      room: fc.anything(),
      ok: fc.anything(),
      id: fc.anything(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          frame.map((value) => JSON.stringify(value) ?? ''),
        ),
        (text) => {
          expect(['none', 'bad-frame']).toContain(codeOf(() => decodeServerFrame(text)));
        },
      ),
      { seed: 2, numRuns: 2_000 },
    );
  });
});

it('every action has a request schema that names the action itself', () => {
  for (const name of Object.keys(ACTIONS) as ActionName[])
    expect(ACTIONS[name].request.shape.action.def.values).toEqual([name]);
});
