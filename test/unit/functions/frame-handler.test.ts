import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { frameHandler } from '../../../functions/frame-handler.ts';
import type { GatewayEvent } from '../../../functions/gateway.ts';
import { forAnyone, forDevices, forGuests } from '../../../functions/routes.ts';
import { ERROR_CODES, ProtocolError } from '../../../shared/protocol/errors.ts';
import { captureLog } from '../../support/captured-log.ts';

const NOW = 1_800_000_000_000;
const ACCOUNT = '00000000-0000-8000-8000-000000000000';
const GUEST = { kind: 'guest' };
const DEVICE = { kind: 'device', account: ACCOUNT, device: '2', registration: '7', ticket: '9' };
const CONTEXT = {} as Context;

let log: string[];
beforeEach(() => {
  log = captureLog();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const event = (body: string | undefined, authorizer: object | undefined = DEVICE, connectedAt = NOW): GatewayEvent => ({
  requestContext: {
    routeKey: '$default',
    connectionId: 'c1',
    connectedAt,
    ...(authorizer === undefined ? {} : { authorizer: { principalId: 'sotto', ...authorizer } }),
  },
  ...(body === undefined ? {} : { body }),
});

const PULL = JSON.stringify({ action: 'message.pull', id: 'r1' });

/** Answers a pull with whatever the work does. */
function handlerOf(work: () => Promise<{ messages: [] }>) {
  return frameHandler([forDevices('message.pull', work)], 'test', () => NOW);
}

const answerOf = async (work: () => Promise<{ messages: [] }>, frame = event(PULL)) => {
  const answer = await handlerOf(work)(frame, CONTEXT);
  expect(answer.statusCode).toBe(200);
  return JSON.parse(answer.body ?? '');
};

describe('a frame', () => {
  it('is answered with its id and the fields of its reply', async () => {
    expect(await answerOf(async () => ({ messages: [] }))).toEqual({ id: 'r1', ok: true, messages: [] });
  });

  it('brings the action its request and who is calling', async () => {
    const seen: unknown[] = [];
    const action = async (request: unknown, caller: unknown) => {
      seen.push(request, caller);
      return { messages: [] };
    };
    await frameHandler([forDevices('message.pull', action)], 'test', () => NOW)(event(PULL), CONTEXT);
    expect(seen).toEqual([
      { action: 'message.pull', id: 'r1' },
      { kind: 'device', account: ACCOUNT, device: 2, registration: 7, ticket: 9, connection: 'c1' },
    ]);
  });

  it('that is anything at all gets a coded error and reaches no action', async () => {
    const reached = vi.fn();
    const handle = handlerOf(async () => {
      reached();
      return { messages: [] };
    });
    const frames = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ action: fc.oneof(fc.constant('message.pull'), fc.string()), id: fc.anything() }).map((value) => {
        return JSON.stringify({ ...value, more: 1 });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.option(frames, { nil: undefined }), async (body) => {
        const { ok, error } = JSON.parse((await handle(event(body), CONTEXT)).body ?? '');
        expect(ok).toBe(false);
        expect(Object.keys(ERROR_CODES)).toContain(error.code);
        expect(['bad-frame', 'bad-request', 'unknown-action']).toContain(error.code);
      }),
      { seed: 7, numRuns: 500 },
    );
    expect(reached).not.toHaveBeenCalled();
  });
});

describe('who may do what', () => {
  const none = async () => ({ messages: [] as [] });
  const link = async () => ({ peer: false, expires: 0 });
  const routes = [
    forDevices('message.pull', none),
    forAnyone('link.open', link),
    forGuests('account.tokens', async () => ({})),
  ];
  const room = 'A'.repeat(43);
  it.each([
    ['message.pull', GUEST, {}, 'not-allowed'],
    ['message.pull', DEVICE, {}, 'ok'],
    ['account.tokens', GUEST, { tokens: [] }, 'ok'],
    ['account.tokens', DEVICE, { tokens: [] }, 'not-allowed'],
    ['link.open', GUEST, { room }, 'ok'],
    ['link.open', DEVICE, { room }, 'ok'],
    ['prekeys.count', DEVICE, {}, 'unknown-action'],
  ])('%s by %o', async (action, authorizer, fields, code) => {
    const handle = frameHandler(routes, 'test', () => NOW);
    const answer = await handle(event(JSON.stringify({ action, id: 'a', ...fields }), authorizer), CONTEXT);
    const { ok, error } = JSON.parse(answer.body ?? '');
    expect(ok ? 'ok' : error.code).toBe(code);
  });

  it.each([
    [120_000, 'none'],
    [120_001, 'guest-expired'],
  ])('a guest after %i ms: %s', async (age, code) => {
    const handle = frameHandler(routes, 'test', () => NOW);
    const body = JSON.stringify({ action: 'link.open', id: 'a', room });
    const { error } = JSON.parse((await handle(event(body, GUEST, NOW - age), CONTEXT)).body ?? '');
    expect(error?.code ?? 'none').toBe(code);
  });

  it.each([
    ['nobody', undefined],
    ['an unknown kind', { kind: 'admin' }],
    ['a device without a registration', { ...DEVICE, registration: undefined }],
    ['a device number that is out of range', { ...DEVICE, device: '128' }],
    ['a device number that is no number', { ...DEVICE, device: '0x1' }],
    ['an account that is none', { ...DEVICE, account: 'a' }],
  ])('a context of %s is a defect and gives no rights', async (_name, authorizer) => {
    const { requestContext, ...rest } = event(PULL, {});
    const { authorizer: _, ...context } = requestContext;
    const frame = { ...rest, requestContext: authorizer ? { ...context, authorizer } : context };
    const answer = await frameHandler(routes, 'test', () => NOW)(frame, CONTEXT);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ id: 'r1', error: { code: 'internal' } });
  });
});

describe('what an action throws', () => {
  it('reaches the client when it is of the protocol', async () => {
    const refuse = () => Promise.reject(new ProtocolError('rate-limited', { retryAfter: 5 }));
    expect(await answerOf(refuse)).toEqual({
      id: 'r1',
      ok: false,
      error: { code: 'rate-limited', message: ERROR_CODES['rate-limited'], retryAfter: 5 },
    });
    expect(log).toHaveLength(1);
  });

  it.each([
    ['AccessDeniedException', 'internal'],
    ['ThrottlingException', 'unavailable'],
  ])('%s becomes %s; neither answer nor log has its message', async (name, code) => {
    const secret = 'item with key\n    at secret-id';
    const fail = () => Promise.reject(Object.assign(new Error(secret), { name }));
    expect(await answerOf(fail)).toEqual({
      id: 'r1',
      ok: false,
      error: { code, message: ERROR_CODES[code as 'internal'] },
    });
    expect(log.join()).not.toContain('secret');
    expect(JSON.parse(log[0] ?? '')).toEqual({
      level: 'ERROR',
      code,
      error: name,
      at: expect.stringContaining('frame-handler.test.ts'),
    });
  });

  it('need not be an error', async () => {
    expect(await answerOf(() => Promise.reject('a string'))).toMatchObject({ error: { code: 'internal' } });
  });

  it('a reply over the limit of a frame is a defect, not a frame', async () => {
    const big = async () => ({ messages: [], next: '0'.repeat(40_000) }) as { messages: [] };
    expect(await answerOf(big)).toMatchObject({ ok: false, error: { code: 'internal' } });
  });
});

it('every invocation writes one metric: action, code and duration', async () => {
  let time = NOW;
  const action = forDevices('message.pull', async () => {
    time += 7;
    return { messages: [] };
  });
  await frameHandler([action], 'test', () => time)(event(PULL), CONTEXT);
  expect(log.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: NOW + 7,
        CloudWatchMetrics: [
          {
            Namespace: 'Sotto',
            Dimensions: [['stage', 'action', 'code']],
            Metrics: [{ Name: 'duration', Unit: 'Milliseconds' }],
          },
        ],
      },
      stage: 'test',
      action: 'message.pull',
      code: 'ok',
      duration: 7,
    },
  ]);
});

it('an action that a client made up is not in the metric', async () => {
  await handlerOf(async () => ({ messages: [] }))(event('{"action":"somebody-s-name","id":"a"}'), CONTEXT);
  expect(JSON.parse(log[0] ?? '')).toMatchObject({ action: 'none', code: 'unknown-action' });
});
