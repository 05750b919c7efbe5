import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import type { Hooks } from '../faults/hooks.ts';
import type { Observe } from '../faults/observation.ts';
import type { Api, Route } from '../template/api.ts';
import { admit } from './admission.ts';
import { Connection } from './connection.ts';
import { type ConnectionFacts, disconnectEvent, messageEvent, newConnectionId } from './events.ts';
import type { Integrations } from './integration.ts';
import { CLOSE, LIMITS } from './limits.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { selectRoute } from './route-selection.ts';
import { TokenBucket } from './throttle.ts';

export interface GatewayOptions {
  api: Api;
  integrations: Integrations;
  clock: Clock;
  hooks: Hooks;
  observe: Observe;
}

/** The WebSocket API of the template, with the rules of API Gateway. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #disconnects = new Set<Promise<void>>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.messageBytes,
    perMessageDeflate: false,
    clientTracking: false,
    // The $connect integration chooses the protocol, and without its word there is none.
    handleProtocols: (_offered, request) => this.#protocols.get(request) ?? false,
  });

  #shut = false;
  #onQuiet = () => {};

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Number of open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** An open connection; one that is still connecting is not there yet, one that is closing no more. */
  find(connectionId: string): Connection | undefined {
    const connection = this.#connections.get(connectionId);
    return connection?.closing ? undefined : connection;
  }

  /** Answers an upgrade request: with a connection, or with the HTTP status of its refusal. */
  async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    // Between the request and the WebSocket nobody else listens for a client that goes away.
    const ignoreErrors = (): void => {};
    socket.on('error', ignoreErrors);
    const { api, clock, integrations, observe } = this.#options;
    const refuse = (status: number, body: string): void => {
      observe({ type: 'refusal', status });
      refuseUpgrade(socket, status, body);
    };
    if (this.#shut) return refuse(503, JSON.stringify({ message: 'Service Unavailable' }));
    const { pathname } = new URL(request.url ?? '/', 'http://local');
    if (pathname !== `/${api.stage}` && pathname !== `/${api.stage}/`)
      return refuse(403, JSON.stringify({ message: 'Forbidden' }));
    if (!this.#mayPass('$connect')) return refuse(429, JSON.stringify({ message: 'Too Many Requests' }));
    const admission = await admit(api, integrations, clock, this.#newFacts(request), request);
    if (!admission.admitted) return refuse(admission.status, admission.body);
    const protocol = admission.headers['sec-websocket-protocol'];
    if (protocol !== undefined) this.#protocols.set(request, protocol);
    let opened = false;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignoreErrors);
      this.#opened(admission.facts, webSocket, socket);
      opened = true;
    });
    // The client has gone meanwhile. The function has noted a connection that will never be one: like API Gateway, tell it so.
    if (!opened) await this.#disconnected(admission.facts, 1006, '');
  }

  /** Closes every connection and waits until `$disconnect` has been told of each, at most so many milliseconds. */
  async close(patience: number): Promise<void> {
    this.#shut = true;
    for (const connection of this.#connections.values()) connection.close(CLOSE.goingAway, 'Going away');
    if (!this.#isQuiet) {
      const quiet = Promise.withResolvers<void>();
      this.#onQuiet = quiet.resolve;
      const timer = setTimeout(quiet.resolve, patience);
      await quiet.promise;
      clearTimeout(timer);
    }
    for (const connection of this.#connections.values()) connection.cut();
  }

  #newFacts(request: IncomingMessage): ConnectionFacts {
    const userAgent = request.headers['user-agent'];
    return {
      connectionId: newConnectionId(),
      connectedAt: this.#options.clock.now(),
      identity: { sourceIp: request.socket.remoteAddress ?? '', ...(userAgent === undefined ? {} : { userAgent }) },
    };
  }

  #opened(facts: ConnectionFacts, webSocket: WebSocket, socket: Socket): void {
    const { clock, observe } = this.#options;
    const { connectionId } = facts;
    const connection = new Connection(facts, webSocket, socket, clock, {
      message: (from, text) => void this.#message(from, text),
      sent: (_to, bytes) => observe({ type: 'message', direction: 'out', connectionId, bytes }),
      closed: (gone, code, reason) => this.#closed(gone, code, reason),
    });
    this.#connections.set(connectionId, connection);
    observe({ type: 'connection', connectionId, state: 'open' });
  }

  /** Frames of one connection are handled side by side: API Gateway does not wait for one before it takes the next. */
  async #message(connection: Connection, text: string): Promise<void> {
    const { api, clock, integrations, observe } = this.#options;
    const { connectionId } = connection.facts;
    const route = selectRoute(api, text);
    const bytes = Buffer.byteLength(text);
    observe({ type: 'message', direction: 'in', connectionId, bytes, ...(route ? { route: route.key } : {}) });
    if (!route) return this.#complain(connection, 'Forbidden');
    if (!this.#mayPass(route.key)) return this.#complain(connection, 'Too Many Requests');
    const event = messageEvent(api, connection.facts, route.key, text, clock.now());
    const result = await integrations.callRoute(route.key, route.integration, event);
    if (!result.ok)
      return this.#complain(connection, result.status === 504 ? 'Endpoint request timed out' : 'Internal server error');
    this.#answer(connection, route, result.response.body);
  }

  #answer(connection: Connection, route: Route, body: string | undefined): void {
    if (!route.returnsResponse || body === undefined || connection.closing) return;
    if (Buffer.byteLength(body) > LIMITS.messageBytes) this.#complain(connection, 'Internal server error');
    else connection.send(body);
  }

  /** The error frame of API Gateway itself. It carries no id of the client's. */
  #complain(connection: Connection, message: string): void {
    const { connectionId } = connection.facts;
    if (!connection.closing) connection.send(JSON.stringify({ message, connectionId, requestId: randomUUID() }));
  }

  #closed(connection: Connection, code: number, reason: string): void {
    const { connectionId } = connection.facts;
    this.#connections.delete(connectionId);
    this.#options.observe({ type: 'connection', connectionId, state: 'closed', code });
    const told = this.#disconnected(connection.facts, code, reason).finally(() => {
      this.#disconnects.delete(told);
      if (this.#isQuiet) this.#onQuiet();
    });
    this.#disconnects.add(told);
  }

  /** Nobody is connected, and `$disconnect` has been told of everybody who was. */
  get #isQuiet(): boolean {
    return this.#connections.size === 0 && this.#disconnects.size === 0;
  }

  async #disconnected(facts: ConnectionFacts, code: number, reason: string): Promise<void> {
    const { api, clock, hooks, integrations, observe } = this.#options;
    const fault = await hooks.disconnect?.({ connectionId: facts.connectionId });
    if (fault) return observe({ type: 'fault', at: 'disconnect', kind: fault.kind });
    const route = api.routes.get('$disconnect');
    if (!route) return;
    await integrations.callRoute(
      '$disconnect',
      route.integration,
      disconnectEvent(api, facts, code, reason, clock.now()),
    );
  }

  #mayPass(routeKey: string): boolean {
    const { api, clock } = this.#options;
    if (!api.throttle) return true;
    const bucket = this.#buckets.get(routeKey) ?? new TokenBucket(api.throttle, clock);
    this.#buckets.set(routeKey, bucket);
    return bucket.take();
  }
}
