import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hooks } from '../../../local/faults/hooks.ts';
import { eventually } from '../../support/eventually.ts';
import { type Client, connect } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';

let cloud: FixtureCloud;
let sender: Client;
const hooks: Hooks = {};

beforeAll(async () => {
  cloud = await startFixture({ hooks });
  sender = await connect(cloud.url, 'allow.sender');
});
afterAll(async () => {
  await sender.close();
  await cloud.remove();
});

const post = (to: string, fields: Record<string, unknown> = {}) =>
  sender.ask({ action: 'post', to, data: 'hello', ...fields });

describe('the @connections API', () => {
  it('pushes to a connection', async () => {
    const receiver = await connect(cloud.url, 'allow.receiver');
    expect(await post(await receiver.connectionId())).toEqual({ posted: true });
    expect(await receiver.nextText()).toBe('hello');
    await receiver.close();
  });

  it('describes a connection in camelCase', async () => {
    const receiver = await connect(cloud.url, 'allow.receiver');
    const described = await post(await receiver.connectionId(), { method: 'GET' });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect(described).toMatchObject({ ConnectedAt: time, LastActiveAt: time, Identity: { SourceIp: '127.0.0.1' } });
    await receiver.close();
  });

  it('closes a connection, which gets no more pushes from then on', async () => {
    const receiver = await connect(cloud.url, 'allow.receiver');
    const to = await receiver.connectionId();
    // A client that is slow to answer the close, or has gone, changes nothing.
    receiver.socket.pause();
    expect(await post(to, { method: 'DELETE' })).toEqual({ posted: true });
    expect(await post(to)).toEqual({ posted: false, name: 'GoneException' });
    receiver.socket.resume();
    expect(await receiver.closed).toBe(1000);
  });

  it.each(['GET', 'POST', 'DELETE'])('answers 410 to %s for a connection that has closed', async (method) => {
    const receiver = await connect(cloud.url, 'allow.receiver');
    const to = await receiver.connectionId();
    await receiver.close();
    await eventually(() => cloud.gateway.size).toBe(1);
    expect(await post(to, { method })).toEqual({ posted: false, name: 'GoneException' });
  });

  it('refuses a frame that is too large', async () => {
    const receiver = await connect(cloud.url, 'allow.receiver');
    const { env } = await sender.ask({ action: 'env' });
    const { CALLBACK_URL, AWS_ACCESS_KEY_ID } = JSON.parse(JSON.stringify(env));
    const url = `${CALLBACK_URL}/@connections/${encodeURIComponent(await receiver.connectionId())}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0`;
    const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(128 * 1024 + 1), headers: { authorization } });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([413, 'PayloadTooLargeException']);
    await receiver.close();
  });

  it.each([
    ['a function whose role has no grant', 'LOCALSession'],
    ['a key that is no function’s', 'AKIAIOSFODNN7EXAMPLE'],
  ])('refuses %s', async (_who, prefix) => {
    const { env } = await sender.ask({ action: 'env' });
    const { CALLBACK_URL } = JSON.parse(JSON.stringify(env));
    const session = Object.keys(cloud.lambda.environments).find((id) => `LOCAL${id}`.startsWith(prefix));
    const key = session === undefined ? prefix : `LOCAL${session}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0`;
    const url = `${CALLBACK_URL}/@connections/${encodeURIComponent(await sender.connectionId())}`;
    const answer = await fetch(url, { method: 'POST', body: 'hello', headers: { authorization } });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([403, 'ForbiddenException']);
  });
});

describe('$disconnect', () => {
  const gone = async (owner: string) => (await cloud.item('Notes', owner, 'gone'))?.status?.N;

  it('is told after the close, with its code', async () => {
    const client = await connect(cloud.url, 'allow.leaver');
    client.socket.close(4001, 'enough');
    await eventually(() => gone('leaver')).toBe('4001');
  });

  it('is told when the network breaks', async () => {
    const client = await connect(cloud.url, 'allow.broken-off');
    client.socket.terminate();
    await eventually(() => gone('broken-off')).toBe('1006');
  });

  it('can be made to get lost', async () => {
    const lost = Promise.withResolvers<undefined>();
    hooks.disconnect = async () => {
      lost.resolve(undefined);
      return { kind: 'lost' };
    };
    const client = await connect(cloud.url, 'allow.lost');
    const part = `connection#${await client.connectionId()}`;
    await client.close();
    await lost.promise;
    delete hooks.disconnect;
    expect(await cloud.item('Notes', 'lost', part)).toBeDefined();
    expect(cloud.observations).toContainEqual({ type: 'fault', at: 'disconnect', kind: 'lost' });
  });
});
