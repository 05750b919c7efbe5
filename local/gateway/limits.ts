/** The quotas of API Gateway's WebSocket APIs that a client meets. None of them can be raised. */
export const LIMITS = {
  /** Bytes of one WebSocket frame. */
  frameBytes: 32 * 1024,
  /** Bytes of one message, which may be several frames. */
  messageBytes: 128 * 1024,
  /** Without a message in either direction a connection ends after this long, milliseconds. Pings of the protocol do not count. */
  idleMs: 10 * 60_000,
  /** A connection ends after this long in any case, milliseconds. */
  lifetimeMs: 2 * 60 * 60_000,
  /** Bytes of one frame that is posted to a connection. */
  postBytes: 128 * 1024,
} as const;

/** Close codes that API Gateway uses. */
export const CLOSE = { normal: 1000, goingAway: 1001, unsupportedData: 1003, tooBig: 1009 } as const;
