import * as z from 'zod/mini';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';

/** A value as it is kept in a record: JSON with bytes as base64url. @throws when it does not fit the schema: a defect */
export function encodeJson<Schema extends z.ZodMiniType>(schema: Schema, value: z.output<Schema>): Uint8Array {
  return utf8(JSON.stringify(z.encode(schema, value)));
}

/** @throws when the bytes are none that {@link encodeJson} wrote with this schema */
export function decodeJson<Schema extends z.ZodMiniType>(schema: Schema, bytes: Uint8Array): z.output<Schema> {
  return z.decode(schema, JSON.parse(fromUtf8(bytes) ?? ''));
}
