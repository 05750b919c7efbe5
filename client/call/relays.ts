import type { IceServer } from './media.ts';
import { addressLiteral, publicLiteral } from './public-address.ts';

/** A relay as the server names it in `relay.credentials` (PROTOCOL.md). Its word alone: it is not taken for more. */
export interface NamedRelay {
  readonly endpoints: readonly RelayEndpoint[];
  readonly username: string;
  readonly password: string;
}
interface RelayEndpoint {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

export interface RelayRules {
  /** The host of the endpoint that this client is connected to. */
  readonly ownHost: string;
  /** Names of relays that the application knows. */
  readonly tlsHosts: readonly string[];
}

export type RelayErrorCode = 'relay-address' | 'relay-port' | 'relay-name';

/** The server names a relay that a client does not use. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const PORT = 3478;
const TLS_PORT = 443;

/**
 * The relays that the server names, for a browser (CALLS.md, section 5). An address that is not allowed is a server that lies: none of them is used then. A
 * name that the application did not name is left out: a deployment may have one that this application does without.
 * @throws RelayError `relay-address` not a public address, `relay-port`, `relay-name` there is nothing but such a name
 */
export function iceServersOf(relays: readonly NamedRelay[], rules: RelayRules): IceServer[] {
  return relays.map(({ endpoints, username, password }) => {
    const urls = endpoints.flatMap((endpoint) => urlOf(endpoint, rules) ?? []);
    if (urls.length === 0) throw new RelayError('relay-name', 'the server names a relay that is not known');
    return { urls, username, credential: password };
  });
}

function urlOf({ transport, host, port }: RelayEndpoint, { ownHost, tlsHosts }: RelayRules): string | undefined {
  if (transport === 'tls') {
    if (!tlsHosts.includes(host)) return undefined;
    if (port !== TLS_PORT) throw new RelayError('relay-port', 'the server names a port that no relay has');
    return `turns:${host}:${port}?transport=tcp`;
  }
  const own = addressLiteral(host);
  if (own !== undefined && own === addressLiteral(withoutBrackets(ownHost))) {
    return `turn:${own}:${port}?transport=${transport}`;
  }
  const literal = publicLiteral(host);
  if (literal === undefined)
    throw new RelayError('relay-address', 'the server names a relay that has no public address');
  if (port !== PORT) throw new RelayError('relay-port', 'the server names a port that no relay has');
  return `turn:${literal}:${port}?transport=${transport}`;
}

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1');
