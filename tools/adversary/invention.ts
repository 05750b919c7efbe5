// Frames that the server never sent: what no honest exchange brings about can be lied about all the same.

import type * as z from 'zod/mini';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { Memory } from './lies.ts';
import type { Random } from './random.ts';
import type { Json } from './schema-fields.ts';

const MOST_BYTES = 256;
const MOST_ELEMENTS = 2;

/**
 * A value of a schema, made up: it fits the schema more often than not, and means nothing. Text is one that was seen in a field of that
 * name, where there was one: nobody guesses an id.
 */
export function invent(schema: z.core.$ZodType, memory: Memory, random: Random, name = ''): Json {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape)
          .filter(([, inner]) => !isOptional(inner) || random.chance(0.5))
          .map(([key, inner]) => [key, invent(inner, memory, random, name === '' ? key : `${name}.${key}`)]),
      );
    case 'array':
      return Array.from({ length: random.below(MOST_ELEMENTS + 1) }, () =>
        invent(def.element, memory, random, `${name}[]`),
      );
    case 'optional':
    case 'nullable':
      return invent(def.innerType, memory, random, name);
    case 'union':
      return invent(random.pick(def.options), memory, random, name);
    case 'literal':
      return random.pick(def.values) as Json;
    case 'enum':
      return random.pick(Object.values(def.entries));
    case 'boolean':
      return random.chance(0.5);
    case 'number':
      return random.pick([1, 2, 127, Date.now()]);
    // A codec of this protocol is bytes as text, and the longest text says how many.
    case 'pipe':
      return base64UrlEncode(random.bytes(Math.min(MOST_BYTES, bytesIn(def.in))));
    case 'string':
      return random.pick([base64UrlEncode(random.bytes(6)), ...memory.recall(name)]);
    default:
      throw new Error(`a schema of a kind that nobody invents yet: ${def.type}`);
  }
}

const isOptional = (schema: z.core.$ZodType): boolean => schema._zod.def.type === 'optional';

function bytesIn(text: z.core.$ZodType): number {
  const longest = (text._zod.def as z.core.$ZodStringDef).checks?.map(({ _zod }) => _zod.def).find(isMaxLength);
  return longest ? Math.floor((longest.maximum * 3) / 4) : MOST_BYTES;
}

const isMaxLength = (def: z.core.$ZodCheckDef): def is z.core.$ZodCheckMaxLengthDef => def.check === 'max_length';
