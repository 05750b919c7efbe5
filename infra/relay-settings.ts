import * as z from 'zod';

const port = z.int().positive().max(65_535);
const hostName = z
  .string()
  .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'must be a lower-case host name');
const address = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' });

/** Clients are given addresses, which nobody has to be asked for; a name only where a certificate is for it. */
const endpoint = z.discriminatedUnion('transport', [
  z.strictObject({ transport: z.literal('udp'), host: address, port }),
  z.strictObject({ transport: z.literal('tcp'), host: address, port }),
  z.strictObject({ transport: z.literal('tls'), host: hostName, port }),
]);

/** Where calls get their relays from. */
export const relaySettings = z.discriminatedUnion('provider', [
  /** No relays: calls that find no direct way fail, and parties see each other's addresses. */
  z.strictObject({ provider: z.literal('none') }),
  /**
   * A TURN service of the operator's own, which shares with the stack the secret whose ARN the deployment prints
   * (docs/DESIGN.md, section 3).
   */
  z.strictObject({ provider: z.literal('external'), endpoints: z.array(endpoint).min(1).max(4) }),
  /** Relays that the stack runs itself. */
  z.strictObject({ provider: z.literal('fleet') }),
]);

export type RelaySettings = z.infer<typeof relaySettings>;
