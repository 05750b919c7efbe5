import * as fc from 'fast-check';
import { ACTIONS, type ActionName } from '../../../shared/protocol/actions.ts';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { seededBytes } from '../../support/identities.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Fields = { [key: string]: Json };

const bytes = (length: number) => base64UrlEncode(seededBytes(`fuzz ${length}`, length));
const account = '0193b2f0-0000-8000-8000-000000000001';
const message = '0193b2f0-0000-7000-8000-000000000001';
const list = { payload: bytes(700), signatures: [{ alg: 'Ed25519', by: bytes(32), signature: bytes(64) }] };
const identityKey = base64UrlEncode(Uint8Array.of(5, ...seededBytes('fuzz identity')));
const signed = { id: 1, key: bytes(33), signature: bytes(64) };
const kem = { id: 2, key: bytes(1_569), signature: bytes(64) };

/** A request of each action that fits its schema, as it stands in a frame. Whoever sends it gets an error or changes nothing. */
export const WELL_FORMED: Readonly<Record<ActionName, Fields>> = {
  hello: { ticket: 'd.x' },
  'account.create': { list, prekeys: { device: 1, signed, lastResort: kem }, tokens: [bytes(32)], admission: 'a code' },
  'account.reserve': {
    device: {
      id: 2,
      identityKey,
      connectKey: bytes(32),
      added: 2,
      consents: { identity: bytes(64), connect: bytes(64) },
    },
  },
  'account.publish': { list, prekeys: [{ device: 2, signed, lastResort: kem }] },
  'account.fresh': { fresh: { time: 1_720_000_000_000, signature: bytes(64) } },
  'account.tokens': { tokens: [bytes(32)] },
  'account.lists': { account, token: bytes(16), after: 0 },
  'link.open': { room: bytes(32) },
  'link.send': { room: bytes(32), data: bytes(100) },
  'prekeys.publish': { kem: { page: 1, from: 0, keys: [kem], count: 1 }, signed, lastResort: kem },
  'prekeys.fetch': { account, token: bytes(16), devices: [{ device: 1, registration: 1 }] },
  'prekeys.count': {},
  'message.send': {
    message,
    to: account,
    token: bytes(16),
    list: 1,
    commitment: bytes(32),
    ttl: 60,
    urgent: false,
    devices: [{ device: 1, registration: 1, type: 2, ciphertext: bytes(100) }],
  },
  'message.pull': { after: `${message}#${account}#1` },
  'message.ack': { messages: [{ message, sender: account, senderDevice: 1 }] },
  'call.claim': { call: bytes(16) },
  'relay.credentials': { call: bytes(16) },
};

/** Fields that a schema may lack: taking them away makes no request wrong. */
const OPTIONAL = new Set(['ticket', 'admission', 'token', 'kem', 'signed', 'lastResort', 'count', 'after']);

type Path = readonly (string | number)[];

/** Every place in a value. */
function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((entry, i) => [i, entry])
    : Object.entries(value);
  return [...(path.length > 0 ? [path] : []), ...entries.flatMap(([name, entry]) => places(entry, [...path, name]))];
}

/** The value with what is at a place replaced, or taken away. */
function changed(value: Json, [name, ...rest]: Path, change: (entry: Json) => Json | undefined): Json {
  if (typeof value !== 'object' || value === null || name === undefined) return value;
  const entries: [string, Json][] = Object.entries(value);
  const next = entries.flatMap(([key, entry]): [string, Json][] => {
    if (key !== String(name)) return [[key, entry]];
    const result = rest.length === 0 ? change(entry) : changed(entry, rest, change);
    return result === undefined ? [] : [[key, result]];
  });
  return Array.isArray(value) ? next.map(([, entry]) => entry) : Object.fromEntries(next);
}

const kindOf = (value: Json) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

const action = fc.constantFrom(...(Object.keys(ACTIONS) as ActionName[]));
const request = action.map((name): Fields => ({ action: name, id: 'fuzz', ...WELL_FORMED[name] }));
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>(-1, 0.5, 1e300, 2 ** 53, '', 'x'.repeat(3_000), '\u0000', 'AA==', '../..', [], {}, null, true),
);

/** A request with one field of another kind, one field too few, or one too many. */
const malformed: fc.Arbitrary<string> = request.chain((whole) => {
  const everywhere = places(whole);
  const needed = everywhere.filter((path) => typeof path.at(-1) === 'string' && !OPTIONAL.has(String(path.at(-1))));
  return fc
    .oneof(
      fc
        .tuple(fc.constantFrom(...everywhere), junk)
        .map(([path, value]) => changed(whole, path, (entry) => (kindOf(entry) === kindOf(value) ? null : value))),
      fc.constantFrom(...needed).map((path) => changed(whole, path, () => undefined)),
      fc
        .tuple(fc.string({ minLength: 1, maxLength: 20 }), junk)
        .map(([name, value]) => ({ [`x${name}`]: value, ...whole })),
    )
    .map((frame) => JSON.stringify(frame));
});

/** Anything at all. */
const text = fc.oneof(
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc.json({ maxDepth: 4 }),
  fc.tuple(action, fc.json()).map(([name, value]) => `{"action":"${name}","id":"fuzz","x":${value}}`),
  fc.constantFrom('', ' ', '{', '"', '[]', 'null', '{"action":"ping"', '{"action":["hello"]}'),
);

/** Frames of which none is a request: whatever answers them must be an error of the protocol. */
export const noRequests = fc.oneof({ weight: 3, arbitrary: malformed }, { weight: 1, arbitrary: text });

/** Requests that fit their schemas and mean nothing: other bytes of the right length wherever there are bytes. */
export const meaningless: fc.Arbitrary<string> = fc
  .tuple(action, fc.infiniteStream(fc.integer({ min: 0, max: 255 })))
  .map(([name, numbers]) => {
    const other = (value: Json): Json => {
      if (typeof value === 'string' && /^[\w-]{22,}$/.test(value) && !/^[0-9a-f-]{36}$/.test(value)) {
        const length = Math.floor((value.length * 3) / 4);
        return base64UrlEncode(Uint8Array.from({ length }, () => numbers.next().value ?? 0));
      }
      if (Array.isArray(value)) return value.map(other);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, other(entry)]));
    };
    return JSON.stringify(other({ action: name, id: 'fuzz', ...WELL_FORMED[name] }));
  });
