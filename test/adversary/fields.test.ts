import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ACTIONS } from '../../shared/protocol/actions.ts';
import { EVENTS } from '../../shared/protocol/events.ts';
import { invent } from '../../tools/adversary/invention.ts';
import { lieAbout, Memory } from '../../tools/adversary/lies.ts';
import { Random } from '../../tools/adversary/random.ts';
import { fieldNames, type Json, placesIn, valueAt, withValue } from '../../tools/adversary/schema-fields.ts';
import { allServerFields, SERVER_FRAMES } from '../../tools/adversary/server-frames.ts';

const EVENT_NAMES = Object.keys(EVENTS) as (keyof typeof EVENTS)[];

const sample = z.object({
  id: z.string(),
  amount: z.optional(z.int()),
  lists: z.array(z.object({ kind: z.literal(['a', 'b']), ok: z.nullable(z.boolean()) })),
});

describe('the fields of a schema', () => {
  it('are all found, at every depth', () => {
    expect(fieldNames(sample)).toEqual(['id', 'amount', 'lists', 'lists[]', 'lists[].kind', 'lists[].ok']);
  });

  it('are found in a value, with their places', () => {
    const value = {
      id: 'x',
      lists: [
        { kind: 'a', ok: null },
        { kind: 'b', ok: true },
      ],
    };
    const places = placesIn(sample, value);
    expect(places.map(({ name }) => name)).toEqual([
      'id',
      'amount',
      'lists',
      'lists[]',
      'lists[].kind',
      'lists[].ok',
      'lists[]',
      'lists[].kind',
      'lists[].ok',
    ]);
    expect(valueAt(value, ['lists', 1, 'kind'])).toBe('b');
    expect(withValue(value, ['lists', 0], undefined)).toEqual({ id: 'x', lists: [{ kind: 'b', ok: true }] });
  });

  it('cover every reply, every event and errors', () => {
    expect(SERVER_FRAMES.size).toBe(Object.keys(ACTIONS).length + Object.keys(EVENTS).length + 1);
    for (const field of [
      'reply account.lists: lists[].signatures[].signature',
      'event message: stamp.tag',
      'error: error.code',
      'reply prekeys.fetch: bundles[].ec.key',
    ]) {
      expect(allServerFields()).toContain(field);
    }
  });
});

describe('invented events', () => {
  it.each(EVENT_NAMES)('%s fits its schema, as a server could say it', (name) => {
    const random = new Random(1);
    const memory = new Memory();
    memory.remember('message', '0193b2f0-0000-7000-8000-000000000001', random);
    memory.remember('sender', '0193b2f0-0000-8000-8000-000000000001', random);
    const frames = Array.from({ length: 200 }, () => invent(EVENTS[name], memory, random));
    const fitting = frames.filter((frame) => z.safeDecode(EVENTS[name], frame as never).success);
    expect(fitting.length).toBeGreaterThan(5);
  });
});

describe('lies', () => {
  /** A value of a schema, with every optional field, as an honest server could say it. */
  function honest(schema: z.core.$ZodType): Json {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    if (def.type === 'optional' || def.type === 'nullable') return honest(def.innerType);
    if (def.type === 'object')
      return Object.fromEntries(Object.entries(def.shape).map(([key, inner]) => [key, honest(inner)]));
    if (def.type === 'array') return [honest(def.element), honest(def.element)];
    if (def.type === 'union') return honest(def.options.at(-1) ?? z.null());
    if (def.type === 'literal') return def.values[0] as Json;
    if (def.type === 'enum') return Object.values(def.entries)[0] ?? null;
    if (def.type === 'boolean') return true;
    return def.type === 'number' ? 7 : 'AAAA';
  }

  it.each([...SERVER_FRAMES])('can be told in every field of %s', (_, schema) => {
    const random = new Random(1);
    const memory = new Memory();
    const frame = honest(schema);
    // An object or a choice of one can only be replaced by what was seen elsewhere.
    for (const place of placesIn(schema, frame)) memory.remember(place.name, 'something seen elsewhere', random);
    for (const place of placesIn(schema, frame)) {
      const lie = lieAbout(frame, place, memory, random);
      expect(lie?.lie.field).toBe(place.name);
      expect(lie?.frame).not.toEqual(frame);
    }
  });
});
