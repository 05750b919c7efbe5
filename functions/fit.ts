import * as z from 'zod/mini';
import { jsonBytes } from '../shared/protocol/frames.ts';
import { FRAME_BYTES } from '../shared/protocol/limits.ts';

/** For the id, the field names and the other fields of a reply. */
const ENVELOPE_BYTES = 1_024;

/**
 * How many of the values, from the first, fit a reply.
 *
 * @param other bytes that the reply's other fields take beyond a kilobyte
 */
export function fitting<Schema extends z.ZodMiniType>(
  schema: Schema,
  values: readonly z.output<Schema>[],
  other = 0,
): number {
  let room = FRAME_BYTES - ENVELOPE_BYTES - other;
  const tooMuch = values.findIndex((value) => {
    room -= jsonBytes(z.encode(schema, value)) + 1;
    return room < 0;
  });
  return tooMuch === -1 ? values.length : tooMuch;
}
