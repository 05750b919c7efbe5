/**
 * The limits of the protocol. They are compiled into server and client: no configuration and no frame can change one.
 * The reason for each bound stands beside it.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Bytes of a frame, both ways. API Gateway closes the connection on a frame over 32 KB, and a browser cannot split a message into frames. */
export const FRAME_BYTES = 32_000;
/** Bytes of one ciphertext: 21,846 characters in base64url, which leaves room for the envelope. Longer content travels as an attachment. */
export const CIPHERTEXT_BYTES = 16_384;
/** Devices of an account, and of one frame of a message. */
export const DEVICES = 8;
/** libsignal refuses device ids above 127. */
export const DEVICE_ID = 127;
/** Registration ids are 14 bits in Signal's protocol. */
export const REGISTRATION_ID = 16_380;
/** Prekey ids are 24 bits in Signal's protocol. */
export const PREKEY_ID = 0xff_ff_ff;
/** Bytes of the payload of a signed device list: eight devices take about 3,600. */
export const LIST_PAYLOAD_BYTES = 6_144;
/** Signatures on a list: the account key's, and the old or the recovery key's when the account key changes. */
export const LIST_SIGNATURES = 3;
/** Contact-token hashes that are valid for an account at a time. */
export const CONTACT_TOKENS = 8;
/** Keys in one frame of `prekeys.publish`: twelve Kyber prekeys are about 26,400 characters. */
export const EC_PREKEYS_PER_FRAME = 100;
export const KEM_PREKEYS_PER_FRAME = 12;
/** Keys in one page of one kind. */
export const PREKEYS_PER_PAGE = 1_000;
/** With this many one-time keys of a kind left, their owner is told to publish more. */
export const PREKEYS_LOW = 20;
/** Messages acknowledged in one frame: one batched delete. */
export const ACKS_PER_FRAME = 25;
/** Bytes of one message of a link rendezvous. */
export const LINK_DATA_BYTES = 20_000;
/** Characters of an invite code or of the operator's JWT. */
export const ADMISSION_CHARACTERS = 4_096;
/** Characters of a ticket. */
export const TICKET_CHARACTERS = 512;

/** Longest time to live of a message, in seconds. */
export const MESSAGE_TTL_SECONDS = (14 * DAY) / SECOND;
/** How far the time in a message id may lie behind the server's clock: a retry keeps its id for a day. */
export const MESSAGE_ID_PAST_MS = DAY;
/** How far clocks may disagree: the time in a ticket either way, the time in a message id or a signed statement ahead. */
export const CLOCK_SKEW_MS = 5 * MINUTE;
/** Life of a guest's connection. */
export const GUEST_MS = 2 * MINUTE;
/** Life of a link rendezvous. */
export const LINK_MS = 2 * MINUTE;
/** API Gateway ends a connection after two hours; what is older than this is not there any more. */
export const CONNECTION_MS = 2 * HOUR + 5 * MINUTE;
/** Connect is a race: a post to a connection younger than this may be refused although it is about to open. Integration timeout (29 s) and a margin. */
export const CONNECTING_MS = 35 * SECOND;

/** A call that one device has answered or declined is its own for this long: longer than any phone rings. */
export const CALL_CLAIM_MS = 2 * MINUTE;
/** Relays handed out for one call: one that both parties use, and a fallback. */
export const RELAYS_PER_CALL = 2;
/** Ways to one relay: UDP, TCP, TLS, and one to spare. */
export const RELAY_ENDPOINTS = 4;
/** Life of a relay's credentials: whoever gets hold of some can use a relay for as long. */
export const RELAY_CREDENTIALS_MS = 10 * MINUTE;
/** Clients ask for new credentials this often during a call: well before the old ones end, and often enough to be told when a relay drains. */
export const RELAY_RENEWAL_MS = 5 * MINUTE;

/** How many `cost` units one key may use in one window. */
export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
}

/** Rates that no honest client meets, and what they stop. */
export const RATE_LIMITS = {
  /** Frames of `message.send` of one account: floods. */
  send: { limit: 600, windowMs: MINUTE },
  /** Devices asked for in `prekeys.fetch` by one account, and by one account of one other: draining somebody's one-time keys. */
  fetch: { limit: 400, windowMs: HOUR },
  fetchFromOne: { limit: 40, windowMs: HOUR },
  /** Frames of `prekeys.publish` of one account: a full page of each kind takes 94. */
  keys: { limit: 400, windowMs: HOUR },
  /** Accounts created with one login, where a deployment asks for a JWT: a token is good for many until it expires. */
  login: { limit: 5, windowMs: DAY },
  /** Accounts created on the whole deployment: mass registration. */
  create: { limit: 300, windowMs: MINUTE },
  /** Requests of guests who recover an account, on the whole deployment: each costs reads and signature checks. */
  recover: { limit: 120, windowMs: MINUTE },
  /** Rendezvous opened on the whole deployment. */
  link: { limit: 600, windowMs: MINUTE },
  /** Lists published, and devices announced before it, by one account: every one is kept for ever. */
  publish: { limit: 60, windowMs: HOUR },
  /** Calls answered or declined by the devices of one account: each tells all the others. */
  claim: { limit: 120, windowMs: HOUR },
  /** Requests of one account for a relay's credentials: eight devices that renew them in calls of an hour make 96. */
  relay: { limit: 240, windowMs: HOUR },
} as const satisfies Record<string, RateLimit>;
