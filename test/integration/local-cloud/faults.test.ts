import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../local/clock.ts';
import type { DynamoDbFault, Hooks, InvocationFault, ManagementFault } from '../../../local/faults/hooks.ts';
import { planFaults } from '../../../local/faults/plan.ts';
import { type Client, connect } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';

let cloud: FixtureCloud;
let client: Client;
const hooks: Hooks = {};
const INTERNAL = { message: 'Internal server error' };

beforeAll(async () => {
  cloud = await startFixture({ hooks });
  client = await connect(cloud.url, 'allow.victim');
});
beforeEach(() => {
  delete hooks.dynamoDb;
  delete hooks.management;
  delete hooks.invocation;
});
afterAll(async () => {
  await client.close();
  await cloud.remove();
});

/** Lets the next request of an operation go wrong, and no other. */
function once(operation: string, fault: DynamoDbFault): void {
  hooks.dynamoDb = async (call) => {
    if (call.operation !== operation) return undefined;
    delete hooks.dynamoDb;
    return fault;
  };
}

const requests = (): [string, number][] =>
  cloud.observations.flatMap((seen) => (seen.type === 'dynamodb' ? [[seen.operation, seen.status]] : []));

describe('faults of DynamoDB', () => {
  it.each<[string, DynamoDbFault, number]>([
    ['throttling', { kind: 'throttled' }, 400],
    ['a conflict', { kind: 'transaction conflict' }, 400],
    ['a server error', { kind: 'server error', applied: false }, 500],
  ])('%s is answered as DynamoDB does, and the SDK tries again', async (_what, fault, status) => {
    cloud.observations.length = 0;
    once('GetItem', fault);
    const reply = await client.ask({ action: 'note', owner: 'faults', part: fault.kind });
    expect(requests()).toContainEqual(['GetItem', status]);
    // Of these the SDK repeats all but a conflict, which is the caller's to judge.
    expect(reply).toMatchObject(fault.kind === 'transaction conflict' ? INTERNAL : { stored: fault.kind });
  });

  it('a request may take effect although its answer says otherwise', async () => {
    hooks.dynamoDb = async ({ operation }) =>
      operation === 'UpdateItem' ? { kind: 'server error', applied: true } : undefined;
    expect(await client.ask({ action: 'count', owner: 'applied' })).toMatchObject(INTERNAL);
    // Three attempts of the SDK, each of which counted.
    expect((await cloud.item('Counters', 'applied', 'count'))?.amount?.N).toBe('3');
  });

  it.each([
    [true, '1'],
    [false, undefined],
  ])('an environment can die between a request and its answer (applied: %s)', async (applied, amount) => {
    once('UpdateItem', { kind: 'crash', applied });
    const owner = `crash-${applied}`;
    expect(await client.ask({ action: 'count', owner })).toMatchObject(INTERNAL);
    expect((await cloud.item('Counters', owner, 'count'))?.amount?.N).toBe(amount);
    expect(await client.ask({ action: 'echo' })).toMatchObject({ invocations: 1 });
  });

  it('no answer at all leaves it to the timeout of the function', async () => {
    once('UpdateItem', { kind: 'no answer', applied: true });
    expect(await client.ask({ action: 'count', owner: 'silence' })).toMatchObject(INTERNAL);
    expect((await cloud.item('Counters', 'silence', 'count'))?.amount?.N).toBe('1');
  });
});

describe('faults of the @connections API', () => {
  const push = async (fault: ManagementFault): Promise<[unknown, string[]]> => {
    hooks.management = async () => fault;
    const receiver = await connect(cloud.url, 'allow.receiver');
    const reply = await client.ask({ action: 'post', to: await receiver.connectionId(), data: 'push' });
    delete hooks.management;
    // A push that comes, comes before the answer to a request that is made after it.
    const received: string[] = [];
    receiver.send({ action: 'ping' });
    for (let text = await receiver.nextText(); text !== '{"event":"pong"}'; text = await receiver.nextText())
      received.push(text);
    await receiver.close();
    return [reply, received];
  };

  it.each<[ManagementFault, unknown, string[]]>([
    [{ kind: 'gone' }, { posted: false, name: 'GoneException' }, []],
    [{ kind: 'throttled' }, { posted: false, name: 'LimitExceededException' }, []],
    [{ kind: 'server error', applied: true }, { posted: false, name: 'InternalServerErrorException' }, ['push']],
    [{ kind: 'duplicated' }, { posted: true }, ['push', 'push']],
    [{ kind: 'delayed', milliseconds: 60_000 }, { posted: true }, []],
    [{ kind: 'crash', applied: true }, expect.objectContaining(INTERNAL), ['push']],
  ])('%j', async (fault, reply, received) => {
    expect(await push(fault)).toEqual([reply, received]);
  });
});

describe('faults of invocations', () => {
  it.each<[InvocationFault, unknown, string]>([
    [{ kind: 'cold start' }, { amount: 1 }, '1'],
    [{ kind: 'repeated' }, { amount: 2 }, '2'],
    [{ kind: 'crash' }, INTERNAL, '1'],
  ])('%j', async (fault, reply, amount) => {
    await client.ask({ action: 'echo' });
    cloud.observations.length = 0;
    hooks.invocation = async () => fault;
    expect(await client.ask({ action: 'count', owner: fault.kind })).toMatchObject(Object(reply));
    expect((await cloud.item('Counters', fault.kind, 'count'))?.amount?.N).toBe(amount);
    const cold = cloud.observations.some((seen) => seen.type === 'invocation' && seen.coldStart);
    expect(cold).toBe(fault.kind === 'cold start');
  });
});

describe('a seeded plan', () => {
  it('lets everything go wrong that it names, says so, and comes to rest', async () => {
    const dynamoDb = {
      throttled: 0.05,
      'transaction conflict': 0.1,
      'server error': 0.05,
      'server error, applied': 0.05,
    };
    const plan = planFaults({
      seed: 'seven',
      clock: systemClock,
      longestDelayMs: 20,
      rates: {
        dynamoDb: { ...dynamoDb, crash: 0.05, 'crash, applied': 0.05, delayed: 0.1 },
        invocation: { 'cold start': 0.05, repeated: 0.1, crash: 0.1, delayed: 0.2 },
        disconnect: { lost: 0.4, delayed: 0.4 },
      },
    });
    Object.assign(hooks, plan.hooks);
    const replies = new Set<unknown>();
    for (let n = 0; n < 60; n++) client.send({ action: 'count', owner: 'plan' });
    for (let n = 0; n < 60; n++) replies.add((await client.next()).message ?? 'counted');
    for (let n = 0; n < 10; n++) await (await connect(cloud.url, 'allow.leaver').catch(() => undefined))?.close();
    expect(Object.entries(plan.occurred()).filter(([, times]) => times === 0)).toEqual([]);
    expect(replies).toEqual(new Set(['counted', 'Internal server error']));
    plan.stop();
    expect(await client.ask({ action: 'count', owner: 'after' })).toEqual({ amount: 1 });
  });
});
