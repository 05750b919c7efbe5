import { decodeAddress, type Endpoint, encodeAddress } from './address.ts';
import type { Credentials } from './credentials.ts';
import { type Attribute, attribute, errorOf, integrityKey, isAuthentic, type Message } from './message.ts';
import type { TurnSocket } from './socket.ts';
import { type Answer, type Attributes, Transactions } from './transactions.ts';
import { ATTRIBUTE, CLASS, METHOD, type Method, TRANSPORT } from './types.ts';

/** The server refused: 401 who, 403 not there, 437 no allocation, 486 user quota, 508 full. */
export class TurnError extends Error {
  override readonly name = 'TurnError';
  readonly code: number;

  constructor(code: number) {
    super(`TURN error ${code}`);
    this.code = code;
  }
}

/** A server answered what no server may answer. */
export class TurnProtocolError extends Error {
  override readonly name = 'TurnProtocolError';
}

export interface Allocation {
  /** Where peers reach this client. */
  readonly relayed: Endpoint;
  /** Seconds. */
  readonly lifetime: number;
}

/** Data from a peer, by whichever way it came. */
export type Received = { readonly from: Endpoint | { readonly channel: number }; readonly data: Buffer };

/**
 * A TURN client (RFC 8656) of one socket: for the relay's own test of itself, and for tests of the relay. Requests are answered in
 * any order; each rejects with TurnError, NoAnswerError, or TurnProtocolError.
 */
export class TurnClient {
  readonly #transactions: Transactions;
  readonly #credentials: Credentials;
  #challenge: { realm: Uint8Array; nonce: Uint8Array; key: Uint8Array } | undefined;
  /** Called with everything that peers send. */
  onData: (received: Received) => void = () => {};
  readonly socket: TurnSocket;

  constructor(socket: TurnSocket, credentials: Credentials) {
    this.socket = socket;
    this.#credentials = credentials;
    this.#transactions = new Transactions(socket, {
      message: (message) => this.#indication(message),
      channel: (frame) => {
        const data = frame.subarray(4, 4 + frame.readUInt16BE(2));
        this.onData({ from: { channel: frame.readUInt16BE(0) }, data });
      },
    });
  }

  /** @param more attributes beside the transport, for what this client does not do itself */
  async allocate(transport: number = TRANSPORT.udp, more: readonly Attribute[] = []): Promise<Allocation> {
    const { message } = await this.request(METHOD.allocate, () => [
      [ATTRIBUTE.transport, Uint8Array.of(transport, 0, 0, 0)],
      ...more,
    ]);
    const relayed = decodeAddress(attribute(message, ATTRIBUTE.relayed), message.transaction);
    if (relayed === undefined) throw new TurnProtocolError('an allocation without an address');
    return { relayed, lifetime: lifetimeOf(message) };
  }

  /** @param lifetime seconds; 0 gives the allocation back. Answers what the server grants */
  async refresh(lifetime: number): Promise<number> {
    const { message } = await this.request(METHOD.refresh, () => [[ATTRIBUTE.lifetime, uint32(lifetime)]]);
    return lifetimeOf(message);
  }

  async permit(...peers: readonly Endpoint[]): Promise<void> {
    await this.request(METHOD.createPermission, (transaction) => peers.map((peer) => peerOf(peer, transaction)));
  }

  /** @param channel 0x4000 to 0x4FFF */
  async bind(channel: number, peer: Endpoint): Promise<void> {
    await this.request(METHOD.channelBind, (transaction) => [
      [ATTRIBUTE.channel, Uint8Array.of(channel >> 8, channel & 255, 0, 0)],
      peerOf(peer, transaction),
    ]);
  }

  /** Without an answer: a server drops what it does not permit. */
  send(peer: Endpoint, data: Uint8Array): void {
    this.#transactions.indicate(METHOD.send, (transaction) => [peerOf(peer, transaction), [ATTRIBUTE.data, data]]);
  }

  sendOn(channel: number, data: Uint8Array): void {
    const header = Uint8Array.of(channel >> 8, channel & 255, data.length >> 8, data.length & 255);
    this.socket.send(Buffer.concat([header, data]));
  }

  /** One authenticated request. The server's challenge, and a new nonce, are followed once each. */
  async request(method: Method, attributes: Attributes): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const challenge = this.#challenge;
      const answer = await this.#transactions.ask(
        method,
        (transaction) => [...attributes(transaction), ...this.#proof()],
        challenge?.key,
      );
      if (answer.message.class === CLASS.success) {
        if (challenge === undefined || !isAuthentic(answer.bytes, challenge.key))
          throw new TurnProtocolError('an answer that the server has not signed');
        return answer;
      }
      const code = errorOf(answer.message) ?? 0;
      const follow = (code === 401 && challenge === undefined) || code === 438;
      if (!follow || tries >= 2) throw new TurnError(code);
      this.#accept(answer.message);
    }
  }

  close(): void {
    this.socket.close();
  }

  #proof(): Attribute[] {
    if (this.#challenge === undefined) return [];
    const { realm, nonce } = this.#challenge;
    return [
      [ATTRIBUTE.username, Buffer.from(this.#credentials.username)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ];
  }

  #accept(message: Message): void {
    const [realm, nonce] = [attribute(message, ATTRIBUTE.realm), attribute(message, ATTRIBUTE.nonce)];
    if (realm === undefined || nonce === undefined) throw new TurnProtocolError('a challenge without realm and nonce');
    const { username, password } = this.#credentials;
    this.#challenge = { realm, nonce, key: integrityKey(username, Buffer.from(realm).toString(), password) };
  }

  #indication(message: Message): void {
    if (message.method !== METHOD.data || message.class !== CLASS.indication) return;
    const from = decodeAddress(attribute(message, ATTRIBUTE.peer), message.transaction);
    const data = attribute(message, ATTRIBUTE.data);
    if (from !== undefined && data !== undefined) this.onData({ from, data: Buffer.from(data) });
  }
}

function peerOf(peer: Endpoint, transaction: Uint8Array): Attribute {
  return [ATTRIBUTE.peer, encodeAddress(peer, transaction)];
}

function lifetimeOf(message: Message): number {
  const value = attribute(message, ATTRIBUTE.lifetime);
  if (value?.length !== 4) throw new TurnProtocolError('an allocation without a lifetime');
  return Buffer.from(value).readUInt32BE();
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
