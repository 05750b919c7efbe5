import * as z from 'zod/mini';
import { accountId, deviceId, registrationId, whole } from '../shared/protocol/fields.ts';
import type { Installation } from '../shared/store/installation.ts';

/** A device on one of its connections. Whether that is still its current one, each handler checks in a read it makes anyway. */
export interface DeviceCaller extends Installation {
  readonly kind: 'device';
  readonly connection: string;
  /** Number of the ticket that opened the connection. */
  readonly ticket: number;
}

export interface GuestCaller {
  readonly kind: 'guest';
  readonly connection: string;
}

export type Caller = DeviceCaller | GuestCaller;

const fromText = (number: z.ZodMiniType<number, number>) =>
  z.codec(z.string().check(z.regex(/^[0-9]{1,16}$/)), number, { decode: Number, encode: String });

const context = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('guest') }),
  z.object({
    kind: z.literal('device'),
    account: accountId,
    device: fromText(deviceId),
    registration: fromText(registrationId),
    ticket: fromText(whole(0, Number.MAX_SAFE_INTEGER)),
  }),
]);

/** What the authorizer says about a connection; texts, because API Gateway makes texts of all values. */
export type CallerContext =
  | { readonly kind: 'guest' }
  | {
      readonly kind: 'device';
      readonly account: string;
      readonly device: string;
      readonly registration: string;
      readonly ticket: string;
    };

/** @throws Error when the context is none that the authorizer writes: a defect, or a route without an authorizer */
export function readCaller(authorizer: unknown, connection: string): Caller {
  const found = z.safeParse(context, authorizer);
  if (!found.success) throw new Error('no caller in the request context');
  return { ...found.data, connection };
}
