// The fields of a frame, read from the schema itself: a field that is added to the protocol is lied about from the same day on.

import type * as z from 'zod/mini';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What can be said in a field, and so what kinds of lies there are. */
export type FieldKind =
  | { readonly kind: 'bytes' }
  | { readonly kind: 'text' }
  | { readonly kind: 'number' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly values: readonly Json[] }
  | { readonly kind: 'list' }
  | { readonly kind: 'object' };

/** A field in a frame at hand. */
export interface Place {
  readonly path: readonly (string | number)[];
  /** The path with `[]` for indices, the same in every frame. */
  readonly name: string;
  readonly field: FieldKind;
  /** May be left out. */
  readonly optional: boolean;
  /** May be null. */
  readonly nullable: boolean;
}

/** The names of all fields that a schema can have. */
export function fieldNames(schema: z.core.$ZodType): string[] {
  return [...new Set([...visit(schema, [], undefined)].map(({ name }) => name))];
}

/** The fields of a schema, as far as they are in a value; absent optional fields are among them. */
export function placesIn(schema: z.core.$ZodType, value: Json): Place[] {
  return [...visit(schema, [], { value })];
}

/** The value under a path, if there is one. */
export function valueAt(value: Json, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => child(at, key), value);
}

/** A copy with another value under a path; without one, when it is undefined. */
export function withValue(value: Json, path: readonly (string | number)[], next: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return next ?? null;
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      if (i !== key) return [item];
      return rest.length === 0 && next === undefined ? [] : [withValue(item, rest, next)];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const others = Object.entries(value).filter(([name]) => name !== key);
  if (rest.length === 0 && next === undefined) return Object.fromEntries(others);
  return Object.fromEntries([...others, [key, withValue(value[key] ?? null, rest, next)]]);
}

/** Absent: the schema is walked for all that could be there. */
type At = { readonly value: Json | undefined } | undefined;
type Path = readonly (string | number)[];

function* visit(
  schema: z.core.$ZodType,
  path: Path,
  at: At,
  traits = { optional: false, nullable: false },
): Generator<Place> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'optional') return yield* visit(def.innerType, path, at, { ...traits, optional: true });
  if (def.type === 'nullable') return yield* visit(def.innerType, path, at, { ...traits, nullable: true });
  if (def.type === 'union') {
    for (const option of def.options) yield* visit(option, path, at, traits);
    return;
  }
  if (path.length > 0) yield { path, name: nameOf(path), field: kindOf(def), ...traits };
  for (const [key, inner] of partsOf(def, at)) {
    yield* visit(inner, [...path, key], at && { value: child(at.value, key) });
  }
}

function kindOf(def: z.core.$ZodTypes['_zod']['def']): FieldKind {
  switch (def.type) {
    case 'object':
      return { kind: 'object' };
    case 'array':
      return { kind: 'list' };
    // A codec of this protocol is bytes as text.
    case 'pipe':
      return { kind: 'bytes' };
    case 'string':
      return { kind: 'text' };
    case 'number':
      return { kind: 'number' };
    case 'boolean':
      return { kind: 'flag' };
    case 'literal':
      return { kind: 'choice', values: def.values.filter(isJson) };
    case 'enum':
      return { kind: 'choice', values: Object.values(def.entries) };
    default:
      throw new Error(`a schema of a kind that nobody lies about yet: ${def.type}`);
  }
}

/** What a value consists of; for a schema without a value, one element stands for all. */
function partsOf(def: z.core.$ZodTypes['_zod']['def'], at: At): (readonly [string | number, z.core.$ZodType])[] {
  if (def.type === 'object') {
    const isAbsent = at !== undefined && (typeof at.value !== 'object' || at.value === null);
    return isAbsent ? [] : Object.entries(def.shape);
  }
  if (def.type !== 'array') return [];
  if (!at) return [[0, def.element]];
  return Array.isArray(at.value) ? at.value.map((_, i) => [i, def.element] as const) : [];
}

function child(value: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return typeof value === 'object' && value !== null ? value[key] : undefined;
}

const nameOf = (path: readonly (string | number)[]): string =>
  path.map((key, i) => (typeof key === 'number' ? '[]' : i === 0 ? key : `.${key}`)).join('');

const isJson = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
