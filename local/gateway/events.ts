import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Api } from '../template/api.ts';

/** What the gateway knows of a connection and tells the functions with each event. */
export interface ConnectionFacts {
  connectionId: string;
  /** Milliseconds since 1970. */
  connectedAt: number;
  identity: { sourceIp: string; userAgent?: string };
  /** Principal and context of the authorizer, once it has allowed the connection. All values are text, as API Gateway makes them. */
  authorizer?: Readonly<Record<string, string | number>>;
}

export type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

type Event = Readonly<Record<string, unknown>>;

/** Looks like those of API Gateway: text of base64url with an equals sign at the end. */
export function newConnectionId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

export function domainNameOf(api: Api): string {
  return `${api.id}.execute-api.${api.region}.amazonaws.com`;
}

/** ARN of a route (or of an authorizer) as the source of an invocation. */
export function executeApiArn(api: Api, path: string): string {
  return `arn:aws:execute-api:${api.region}:${api.account}:${api.id}/${path}`;
}

export function connectEvent(api: Api, facts: ConnectionFacts, request: IncomingMessage, now: number): Event {
  return {
    ...requestParts(request),
    requestContext: requestContext(api, facts, '$connect', 'CONNECT', now),
    isBase64Encoded: false,
  };
}

export function authorizerEvent(api: Api, facts: ConnectionFacts, request: IncomingMessage, now: number): Event {
  return {
    type: 'REQUEST',
    methodArn: executeApiArn(api, `${api.stage}/$connect`),
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    ...requestParts(request),
    stageVariables: {},
    requestContext: requestContext(api, facts, '$connect', 'CONNECT', now),
  };
}

export function messageEvent(api: Api, facts: ConnectionFacts, routeKey: string, body: string, now: number): Event {
  const context = {
    ...requestContext(api, facts, routeKey, 'MESSAGE', now),
    messageId: `${randomBytes(11).toString('base64url')}=`,
  };
  return { requestContext: context, body, isBase64Encoded: false };
}

export function disconnectEvent(api: Api, facts: ConnectionFacts, code: number, reason: string, now: number): Event {
  const context = requestContext(api, facts, '$disconnect', 'DISCONNECT', now);
  const headers = { Host: domainNameOf(api), 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return {
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: { ...context, disconnectStatusCode: code, disconnectReason: reason },
    isBase64Encoded: false,
  };
}

function requestContext(api: Api, facts: ConnectionFacts, routeKey: string, eventType: EventType, now: number): Event {
  return {
    routeKey,
    eventType,
    messageDirection: 'IN',
    connectionId: facts.connectionId,
    connectedAt: facts.connectedAt,
    requestId: randomUUID(),
    extendedRequestId: randomBytes(11).toString('base64url'),
    requestTime: requestTime(now),
    requestTimeEpoch: now,
    stage: api.stage,
    apiId: api.id,
    domainName: domainNameOf(api),
    identity: facts.identity,
    ...(facts.authorizer ? { authorizer: facts.authorizer } : {}),
  };
}

/** Headers and query string in both forms, names as the client wrote them. */
function requestParts(request: IncomingMessage): Event {
  const multiValueHeaders: Record<string, string[]> = {};
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    if (/^(connection|upgrade)$/i.test(name)) continue;
    multiValueHeaders[name] = [...(multiValueHeaders[name] ?? []), request.rawHeaders[index + 1] ?? ''];
  }
  multiValueHeaders['X-Forwarded-For'] = [request.socket.remoteAddress ?? ''];
  multiValueHeaders['X-Forwarded-Proto'] = ['https'];
  multiValueHeaders['X-Forwarded-Port'] = ['443'];
  const query = new URL(request.url ?? '/', 'http://local').searchParams;
  const multiValueQuery = Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]));
  return {
    headers: lastValues(multiValueHeaders),
    multiValueHeaders,
    ...(query.size > 0
      ? { queryStringParameters: lastValues(multiValueQuery), multiValueQueryStringParameters: multiValueQuery }
      : {}),
  };
}

function lastValues(lists: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1) ?? '']));
}

/** As in `23/Nov/2026:16:44:02 +0000`. */
function requestTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
