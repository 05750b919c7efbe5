import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import type { Presence } from '../../../shared/store/connections.ts';
import { posts } from '../../../shared/store/posts.ts';
import { pushes } from '../../../shared/store/pushes.ts';

const NOW = 1_800_000_000_000;
const gateway = new ApiGatewayManagementApiClient({ region: 'eu-central-1', endpoint: 'https://callback.example' });
const stub = mockClient(gateway);
beforeEach(() => {
  stub.reset();
});

const failure = (name: string, status = 400) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });

it('a post carries the connection and the frame, and nothing else', async () => {
  stub.on(PostToConnectionCommand).resolves({});
  expect(await posts(gateway).post('c', 'frame')).toBe('posted');
  expect(stub.calls().map(({ args: [command] }) => command.input)).toEqual([
    { ConnectionId: 'c', Data: Buffer.from('frame') },
  ]);
});

it.each([
  ['GoneException', 400, 'gone'],
  ['UnknownError', 410, 'gone'],
  ['LimitExceededException', 429, 'failed'],
  ['TimeoutError', 0, 'failed'],
])('%s with status %i: %s', async (name, status, outcome) => {
  stub.on(PostToConnectionCommand).rejects(failure(name, status));
  stub.on(DeleteConnectionCommand).rejects(failure(name, status));
  expect(await posts(gateway).post('c', '')).toBe(outcome);
  expect(await posts(gateway).end('c')).toBe(outcome);
});

it('a missing right is not mistaken for a lost push', async () => {
  stub.on(PostToConnectionCommand).rejects(failure('ForbiddenException', 403));
  await expect(posts(gateway).post('c', '')).rejects.toThrow('ForbiddenException');
});

const presence = (connection: string | undefined, age: number): Presence => ({
  account: 'a',
  device: 1,
  registration: 7,
  ticket: 1,
  ...(connection === undefined ? {} : { socket: { connection, connectedAt: NOW - age } }),
});

it.each([
  ['36 seconds old', 36_000, ['a/1/gone']],
  ['35 seconds old: it may still be opening', 35_000, []],
])('a socket that is gone is forgotten when it is %s', async (_name, age, expected) => {
  const forgotten: string[] = [];
  const gone = { post: async () => 'gone' as const, end: async () => 'gone' as const };
  const close = async (account: string, device: number, connection: string) => {
    forgotten.push(`${account}/${device}/${connection}`);
  };
  await pushes(gone, { close }, () => NOW).push([{ to: presence('gone', age), frame: '' }]);
  expect(forgotten).toEqual(expected);
});

it('who has no socket gets nothing, and a failed push keeps nobody else from theirs', async () => {
  const reached: string[] = [];
  const sometimes = {
    post: async (connection: string) => {
      reached.push(connection);
      return connection === 'one' ? ('failed' as const) : ('posted' as const);
    },
    end: async () => 'posted' as const,
  };
  const close = () => Promise.reject(new Error('nothing to forget'));
  const to = [presence('one', 99_000), presence(undefined, 0), presence('two', 99_000)];
  await pushes(sometimes, { close }, () => NOW).push(to.map((each) => ({ to: each, frame: '' })));
  expect(reached).toEqual(['one', 'two']);
});
