/** STUN's numbers that are in use here (RFC 8489 section 18, RFC 8656 section 17, RFC 6062 section 6). */
export const METHOD = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
  connect: 0x00a,
} as const;

export type Method = (typeof METHOD)[keyof typeof METHOD];

/** The two class bits of a message type, where they stand in it. */
export const CLASS = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;

export type Class = (typeof CLASS)[keyof typeof CLASS];

export const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  channel: 0x000c,
  lifetime: 0x000d,
  peer: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  relayed: 0x0016,
  requestedFamily: 0x0017,
  evenPort: 0x0018,
  transport: 0x0019,
  mapped: 0x0020,
  mobilityTicket: 0x8030,
  fingerprint: 0x8028,
} as const;

export const MAGIC = 0x2112a442;

/** Bytes before the attributes. */
export const HEADER = 20;

/** IANA's numbers of the protocols that can be relayed. */
export const TRANSPORT = { udp: 17, tcp: 6 } as const;
