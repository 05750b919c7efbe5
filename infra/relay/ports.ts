/** STUN's and TURN's own port (RFC 8656, section 6), for UDP and TCP. */
export const LISTEN_PORT = 3478;

/** Where relayed packets arrive: the dynamic range (RFC 6335, section 6), as RFC 8656 recommends. */
export const RELAY_PORTS = { from: 49_152, to: 65_535 } as const;
