// Attribute values by hand: the tables have few shapes, and a document client would add more bytes to every bundle than these lines.

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

export const S = (value: string): AttributeValue.SMember => ({ S: value });
export const N = (value: number): AttributeValue.NMember => ({ N: String(value) });
export const B = (value: Uint8Array): AttributeValue.BMember => ({ B: value });
export const BOOL = (value: boolean): AttributeValue.BOOLMember => ({ BOOL: value });
export const L = (values: AttributeValue[]): AttributeValue.LMember => ({ L: values });
export const M = (value: Item): AttributeValue.MMember => ({ M: value });

/** An item that this code cannot have written. Says which attribute, never its value. */
export class MalformedItemError extends Error {
  override readonly name = 'MalformedItemError';
}

export function text(item: Item, name: string): string {
  return item[name]?.S ?? malformed(name);
}

export function number(item: Item, name: string): number {
  const value = Number(item[name]?.N);
  return Number.isSafeInteger(value) ? value : malformed(name);
}

/** A number that may be absent. */
export function numberIn(item: Item, name: string): number | undefined {
  return item[name] === undefined ? undefined : number(item, name);
}

export function bytes(item: Item, name: string): Uint8Array {
  return item[name]?.B ?? malformed(name);
}

export function flag(item: Item, name: string): boolean {
  return item[name]?.BOOL ?? malformed(name);
}

export function list(item: Item, name: string): AttributeValue[] {
  return item[name]?.L ?? malformed(name);
}

export function map(value: AttributeValue | undefined): Item {
  return value?.M ?? malformed('M');
}

/** Seconds since 1970, as DynamoDB's TTL counts. Rounded down: nothing lives longer than it was given. */
export function epochSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function malformed(name: string): never {
  throw new MalformedItemError(`attribute ${name}`);
}
