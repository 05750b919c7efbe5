// What is signed begins with the name and version of its type, so that no signature can be shown as one of another type.
// Every type stands here: a new one is added to this table, and the tests hold that none is the beginning of another.

import { concat, lp, u64, utf8 } from '../protocol/bytes.ts';

/** The types of signed statements and of the one committed one (`account`). Each is followed by a zero byte. */
export const STATEMENTS = {
  /** The hash that an account id is made of. */
  account: 'sotto/account/v1',
  deviceList: 'sotto/device-list/v1',
  deviceConsent: 'sotto/device-consent/v1',
  fresh: 'sotto/fresh/v1',
  connect: 'sotto/connect/v1',
} as const;

export type StatementType = (typeof STATEMENTS)[keyof typeof STATEMENTS];

/** The type's prefix: its name and a zero byte. */
export function prefix(type: StatementType): Uint8Array {
  return utf8(`${type}\0`);
}

/** The bytes to sign: the type's prefix, then every field length-prefixed; text as UTF-8, a number as u64 big-endian. */
export function statement(type: StatementType, ...fields: readonly (Uint8Array | string | number)[]): Uint8Array {
  return concat(prefix(type), ...fields.map((field) => lp(typeof field === 'number' ? u64(field) : field)));
}
