import * as z from 'zod/mini';
import { callId } from './call.ts';
import { requestId, time, whole } from './fields.ts';
import { RELAY_ENDPOINTS, RELAYS_PER_CALL } from './limits.ts';

/** Names a relay to the server; it says nothing to a client. */
export const relayId = z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}$/));

const port = whole(1, 65_535);
/** An address, and not a name: looking a name up would tell a resolver who is about to have a call. */
const address = z.union([z.ipv4(), z.ipv6()]);
/** Only for TLS, whose certificate is for a name. */
const hostName = z.string().check(z.maxLength(253), z.regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/));

/** Where a relay listens (RFC 8656): over UDP, TCP or TLS. Beyond the relay media are UDP in any case. */
export const relayEndpoint = z.union([
  z.object({ transport: z.enum(['udp', 'tcp']), host: address, port }),
  z.object({ transport: z.literal('tls'), host: hostName, port }),
]);
export type RelayEndpoint = z.output<typeof relayEndpoint>;

/** A relay and the right to use it until `expires`. */
export const relay = z.object({
  relay: relayId,
  endpoints: z.array(relayEndpoint).check(z.minLength(1), z.maxLength(RELAY_ENDPOINTS)),
  /** Epoch seconds of `expires`, a colon, and 16 random bytes in base64url. Never an account. */
  username: z.string().check(z.regex(/^[0-9]{1,12}:[A-Za-z0-9_-]{22}$/)),
  /** HMAC-SHA-1 over the username by a secret of the relay, in base64 with padding. */
  password: z.string().check(z.regex(/^[A-Za-z0-9+/]{27}=$/)),
  expires: time,
});
export type Relay = z.output<typeof relay>;

export const relayCredentials = {
  request: z.strictObject({ action: z.literal('relay.credentials'), id: requestId, call: callId }),
  reply: z.object({
    /** `starting`: there will be a relay soon. `none`: this deployment has no relays. */
    status: z.enum(['ready', 'starting', 'none']),
    /** The first is for both parties, the second a fallback. Empty unless ready. */
    relays: z.array(relay).check(z.maxLength(RELAYS_PER_CALL)),
    /** Milliseconds, with `starting`. */
    retryAfter: z.optional(whole(1, 60_000)),
  }),
};

/** The relay is about to end: get new credentials and restart ICE. */
export const relayDraining = z.object({ event: z.literal('relay.draining'), relay: relayId });
