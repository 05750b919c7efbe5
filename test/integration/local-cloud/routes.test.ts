import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Hooks } from '../../../local/faults/hooks.ts';
import { eventually } from '../../support/eventually.ts';
import { type Client, connect } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let cloud: FixtureCloud;
let client: Client;
const clock = new ManualClock();
const hooks: Hooks = {};

beforeAll(async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'of the host';
  cloud = await startFixture({ clock, hooks });
  client = await connect(cloud.url, 'allow.router');
});
beforeEach(() => {
  delete hooks.invocation;
});
afterAll(async () => {
  delete process.env.AWS_SECRET_ACCESS_KEY;
  await client.close();
  await cloud.remove();
});

const complaint = (message: string) => ({ message, connectionId: expect.any(String), requestId: expect.any(String) });

describe('the route of a frame', () => {
  it('is named in its body, and the function sees the complete event', async () => {
    const text = 'grüße';
    const reply = await client.ask({ action: 'echo', text });
    expect(reply).toMatchObject({
      text,
      event: {
        body: JSON.stringify({ action: 'echo', text }),
        isBase64Encoded: false,
        requestContext: {
          routeKey: 'echo',
          eventType: 'MESSAGE',
          messageDirection: 'IN',
          messageId: expect.any(String),
          requestId: expect.any(String),
          extendedRequestId: expect.any(String),
          requestTime: expect.any(String),
          requestTimeEpoch: expect.any(Number),
          connectionId: await client.connectionId(),
          connectedAt: expect.any(Number),
          stage: 'test',
          apiId: expect.any(String),
          domainName: expect.any(String),
          identity: { sourceIp: '127.0.0.1' },
        },
      },
    });
  });

  it.each([
    ['an unknown one', '{"action":"unknown"}'],
    ['none', '{}'],
    ['one that is no text', '{"action":{"a":1}}'],
    ['that of the prototype', '{"__proto__":{"action":"ping"}}'],
    ['that of connecting', '{"action":"$connect"}'],
    ['that of disconnecting', '{"action":"$disconnect"}'],
    ['not JSON', 'hello'],
    ['null', 'null'],
    ['nothing', ''],
  ])('without $default: %s is answered by the gateway itself, and the connection stays', async (_what, text) => {
    client.socket.send(text);
    expect(await client.next()).toEqual(complaint('Forbidden'));
  });

  it('may be a MOCK, which answers without a function', async () => {
    const before = cloud.observations.filter(({ type }) => type === 'invocation').length;
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    expect(cloud.observations.filter(({ type }) => type === 'invocation')).toHaveLength(before);
  });
});

describe('the answer of a function', () => {
  it('is dropped when the route has no response', async () => {
    client.send({ action: 'silent' });
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    const ended = () => cloud.observations.some((seen) => seen.type === 'invocation' && seen.trigger === 'silent');
    await eventually(ended).toBe(true);
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
  });

  it('is an error frame without any detail when the function fails', async () => {
    const reply = await client.ask({ action: 'crash' });
    expect(reply).toEqual(complaint('Internal server error'));
    expect(cloud.logged.join('')).toContain('a secret detail');
  });

  it('is an error frame when the environment dies, and the next one is new', async () => {
    expect(await client.ask({ action: 'exit' })).toEqual(complaint('Internal server error'));
    expect(await client.ask({ action: 'echo' })).toMatchObject({ invocations: 1 });
  });

  it('does not wait for that of an earlier frame', async () => {
    const held = Promise.withResolvers<undefined>();
    hooks.invocation = async ({ trigger }) => (trigger === 'slow' ? held.promise : undefined);
    client.send({ action: 'slow', milliseconds: 0 });
    expect(await client.ask({ action: 'echo', text: 'second' })).toMatchObject({ text: 'second' });
    held.resolve(undefined);
    expect(await client.next()).toEqual({ slept: 0 });
  });

  it('is not waited for longer than 29 seconds', async () => {
    const asked = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    hooks.invocation = async ({ trigger }) => {
      if (trigger !== 'slow') return undefined;
      asked.resolve(undefined);
      return held.promise;
    };
    client.send({ action: 'slow', milliseconds: 0 });
    await asked.promise;
    clock.advance(28_999);
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    clock.advance(1);
    expect(await client.next()).toEqual(complaint('Endpoint request timed out'));
    held.resolve(undefined);
  });
});

describe('an environment', () => {
  it('handles one event after the other and keeps its memory', async () => {
    const first = await client.ask({ action: 'echo' });
    const second = await client.ask({ action: 'echo' });
    expect(second.invocations).toBe(Number(first.invocations) + 1);
  });

  it('follows the clock of the test', async () => {
    clock.advance(86_400_000);
    const idle = await connect(cloud.url, 'allow.idle');
    const { now, date } = await idle.ask({ action: 'echo' });
    for (const time of [Number(now), Date.parse(String(date))]) {
      expect(time - clock.now()).toBeGreaterThanOrEqual(0);
      expect(time - clock.now()).toBeLessThan(3_600_000);
    }
    await idle.close();
    // The day has ended the connection of the other tests.
    client = await connect(cloud.url, 'allow.router');
  });

  it('stands still between two events', async () => {
    const { ticks } = await client.ask({ action: 'leftovers' });
    expect(ticks).toBe(0);
    // A timer of one millisecond in another thread would fire many times while this one waits for twenty round trips elsewhere.
    for (let round = 0; round < 20; round++) await client.ask({ action: 'ping' });
    expect(Number((await client.ask({ action: 'leftovers' })).ticks)).toBeLessThanOrEqual(1);
    await client.ask({ action: 'exit' });
  });

  it('is ended when it takes longer than its function may', async () => {
    // Warm, so that the three seconds of the function begin with the invocation and not after the module is loaded.
    await client.ask({ action: 'echo' });
    const asked = Promise.withResolvers<undefined>();
    hooks.invocation = async () => {
      asked.resolve(undefined);
      return undefined;
    };
    client.send({ action: 'slow', milliseconds: 3_600_000 });
    await asked.promise;
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    clock.advance(2999);
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    clock.advance(1);
    expect(await client.next()).toEqual(complaint('Internal server error'));
    expect(cloud.logged.join('')).toContain('Task timed out after 3.00 seconds');
  });

  it('knows its own key and nothing of the host', async () => {
    const { env } = await client.ask({ action: 'env' });
    expect(env).toMatchObject({ AWS_ACCESS_KEY_ID: expect.stringMatching(/^LOCALNotebook/), AWS_REGION: 'us-east-1' });
    expect(env).not.toHaveProperty('HOME');
    expect(env).not.toHaveProperty('PATH');
    expect(JSON.stringify(env)).not.toContain('of the host');
  });

  it('finds the addresses of the API replaced by the local ones', async () => {
    const { env } = await client.ask({ action: 'env' });
    expect(env).toMatchObject({
      ENDPOINT: cloud.url,
      CALLBACK_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/test$/),
    });
  });
});
