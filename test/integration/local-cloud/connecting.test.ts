import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Hooks } from '../../../local/faults/hooks.ts';
import { Client, connect, refusal } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';

let cloud: FixtureCloud;
const hooks: Hooks = {};
const invocationsOf = (trigger: string): number =>
  cloud.observations.filter((observation) => observation.type === 'invocation' && observation.trigger === trigger)
    .length;

beforeAll(async () => {
  cloud = await startFixture({ hooks });
});
afterAll(() => cloud.remove());

describe('the authorizer', () => {
  it('is not even asked when the identity source is missing: 401', async () => {
    const before = invocationsOf('authorizer');
    expect(await refusal(cloud.url, [])).toEqual({ status: 401, body: '{"message":"Unauthorized"}' });
    expect(invocationsOf('authorizer')).toBe(before);
  });

  it.each([
    ['an explicit denial', 'deny', 403, 'User is not authorized to access this resource with an explicit deny'],
    ['a policy that allows nothing', 'nothing', 403, 'User is not authorized to access this resource'],
    ['the error "Unauthorized"', 'unauthorized', 401, 'Unauthorized'],
    ['any other error', 'crash', 500, 'Internal server error'],
    ['an answer that is no policy', 'odd', 500, 'Internal server error'],
  ])('refuses before there is a connection: %s', async (_what, ticket, status, message) => {
    const before = invocationsOf('$connect');
    expect(await refusal(cloud.url, ['fixture.v1', ticket])).toEqual({ status, body: JSON.stringify({ message }) });
    expect(invocationsOf('$connect')).toBe(before);
  });

  it('gives its context to $connect and to every later event, all values as text', async () => {
    const client = await connect(cloud.url, 'allow.alice');
    const expected = { principalId: 'fixture', name: 'alice', number: '7', integrationLatency: expect.any(Number) };
    const { event } = await client.ask({ action: 'echo' });
    expect(event).toMatchObject({ requestContext: { authorizer: expected } });
    const connectionId = await client.connectionId();
    const noted = await cloud.item('Notes', 'alice', `connection#${connectionId}`);
    expect(JSON.parse(noted?.context?.S ?? '')).toMatchObject({ requestContext: { authorizer: expected } });
    await client.close();
  });
});

describe('$connect', () => {
  it('sees the complete event of a connecting client', async () => {
    const client = await connect(`${cloud.url}?room=blue`, 'allow.events');
    const connectionId = await client.connectionId();
    const noted = await cloud.item('Notes', 'events', `connection#${connectionId}`);
    expect(JSON.parse(noted?.context?.S ?? '')).toMatchObject({
      headers: { 'Sec-WebSocket-Protocol': 'fixture.v1,allow.events' },
      multiValueHeaders: { 'Sec-WebSocket-Protocol': ['fixture.v1,allow.events'] },
      queryStringParameters: { room: 'blue' },
      isBase64Encoded: false,
      requestContext: {
        routeKey: '$connect',
        eventType: 'CONNECT',
        messageDirection: 'IN',
        connectionId,
        stage: 'test',
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
        domainName: expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
        requestId: expect.any(String),
        extendedRequestId: expect.any(String),
        requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        connectedAt: expect.any(Number),
        identity: { sourceIp: '127.0.0.1' },
      },
    });
    await client.close();
  });

  it('chooses the protocol', async () => {
    const client = await connect(cloud.url, 'allow.alice');
    expect(client.socket.protocol).toBe('fixture.v1');
    await client.close();
  });

  it('leaves the client without a protocol when it names none, which ends the connection', async () => {
    const socket = new WebSocket(cloud.url, ['fixture.v1', 'allow.unnamed']);
    const [error] = await once(socket, 'error');
    expect(error.message).toBe('Server sent no subprotocol');
  });

  it.each([
    ['its own status and body, when it answers with another one than 2xx', 'allow.refused', 409, 'not now'],
    ['502, when it fails', 'allow.broken', 502, '{"message":"Internal server error"}'],
  ])('refuses with %s', async (_what, ticket, status, body) => {
    expect(await refusal(cloud.url, ['fixture.v1', ticket])).toEqual({ status, body });
  });

  it('refuses another path than that of the stage', async () => {
    const elsewhere = cloud.url.replace('/test', '/prod');
    expect(await refusal(elsewhere, ['fixture.v1', 'allow.alice'])).toEqual({
      status: 403,
      body: '{"message":"Forbidden"}',
    });
  });

  it('runs before there is a connection: a post during it is answered with 410', async () => {
    const other = await connect(cloud.url, 'allow.other');
    const connecting = Promise.withResolvers<string>();
    const goOn = Promise.withResolvers<undefined>();
    hooks.invocation = async ({ trigger, event }) => {
      if (trigger !== '$connect') return undefined;
      connecting.resolve(JSON.parse(JSON.stringify(event)).requestContext.connectionId);
      return goOn.promise;
    };
    const socket = new WebSocket(cloud.url, ['fixture.v1', 'allow.slow']);
    const client = new Client(socket);
    const to = await connecting.promise;
    expect(await other.ask({ action: 'post', to, data: 'early' })).toEqual({ posted: false, name: 'GoneException' });
    goOn.resolve(undefined);
    delete hooks.invocation;
    await once(socket, 'open');
    expect(await other.ask({ action: 'post', to, data: 'now' })).toEqual({ posted: true });
    expect(await client.nextText()).toBe('now');
    await Promise.all([client.close(), other.close()]);
  });

  it('is followed by $disconnect when the client has gone meanwhile', async () => {
    const connecting = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const told = Promise.withResolvers<undefined>();
    hooks.invocation = async ({ trigger }) => {
      if (trigger === '$disconnect') told.resolve(undefined);
      if (trigger !== '$connect') return undefined;
      connecting.resolve(undefined);
      return goOn.promise;
    };
    const socket = new WebSocket(cloud.url, ['fixture.v1', 'allow.gone']);
    socket.on('error', () => {});
    await connecting.promise;
    socket.terminate();
    await new Promise((resolve) => socket.once('close', resolve));
    goOn.resolve(undefined);
    await told.promise;
    delete hooks.invocation;
    expect(cloud.gateway.size).toBe(0);
  });
});
