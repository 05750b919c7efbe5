import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { TableItem } from '../../support/deployment-tables.ts';

/** Something that a client brings along, or that names somebody. */
export type Planted = string | Uint8Array;

/** Every text by which a planted value might be written down. */
export function spellings(value: Planted): string[] {
  const bytes = Buffer.from(value);
  const encoded = [bytes.toString('base64url'), bytes.toString('base64'), bytes.toString('hex')];
  if (typeof value !== 'string') return [...encoded, JSON.stringify([...bytes]).slice(1, -1)];
  return [value, JSON.stringify(value).slice(1, -1), ...encoded];
}

/** Names of the top-level attributes of an item in which a value is found. */
export function attributesWith(item: TableItem, value: Planted): string[] {
  return Object.entries(item)
    .filter(([, attribute]) => contains(attribute, value))
    .map(([name]) => name);
}

function contains(attribute: AttributeValue, value: Planted): boolean {
  if (attribute.L) return attribute.L.some((entry) => contains(entry, value));
  if (attribute.M) return Object.values(attribute.M).some((entry) => contains(entry, value));
  if (attribute.B) {
    const bytes = Buffer.from(attribute.B);
    return bytes.includes(Buffer.from(value)) || hasText(bytes.toString(), value);
  }
  return hasText(attribute.S ?? attribute.N ?? '', value);
}

function hasText(text: string, value: Planted): boolean {
  return spellings(value).some((spelling) => text.includes(spelling));
}
