import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changedAssembly } from '../../support/fixture-stack/assembly.ts';
import { connect, refusal } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';
import { ManualClock } from '../../support/manual-clock.ts';

type Resource = { Type: string; Properties: Record<string, unknown> };
type Resources = Record<string, Resource>;

let folder: string;
let cloud: FixtureCloud | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-changed-'));
});
afterEach(async () => {
  await cloud?.remove();
  cloud = undefined;
  await rm(folder, { recursive: true });
});

/** Runs the fixture with a change to its resources. */
async function start(change: (resources: Resources) => void): Promise<FixtureCloud> {
  const assembly = await changedAssembly(folder, (text) => {
    const template = JSON.parse(text);
    change(template.Resources);
    return JSON.stringify(template);
  });
  cloud = await startFixture({ assembly, clock: new ManualClock() });
  return cloud;
}

function permissionOf(resources: Resources, source: string): Resource {
  const found = Object.values(resources).find(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::Permission' && JSON.stringify(Properties.SourceArn).includes(source),
  );
  if (!found) throw new Error(`no permission for ${source}`);
  return found;
}

describe('without the permission to invoke a function', () => {
  it.each([
    ['the authorizer', '/authorizers/'],
    ['$connect', '$connect'],
  ])('a connection is refused: %s', async (_what, source) => {
    const { url, logged } = await start((resources) => {
      permissionOf(resources, source).Properties.Principal = 's3.amazonaws.com';
    });
    expect(await refusal(url, ['fixture.v1', 'allow.alice'])).toEqual({
      status: 500,
      body: '{"message":"Internal server error"}',
    });
    expect(logged.join('')).toContain('no Lambda permission lets API Gateway invoke');
  });

  it('a frame is answered with an error', async () => {
    const { url } = await start((resources) => {
      permissionOf(resources, '*echo').Properties.Principal = 's3.amazonaws.com';
    });
    const client = await connect(url, 'allow.alice');
    expect(await client.ask({ action: 'echo' })).toMatchObject({ message: 'Internal server error' });
    expect(await client.ask({ action: 'note', owner: 'a', part: 'b' })).toEqual({ stored: 'b' });
    await client.close();
  });

  it('a schedule does nothing', async () => {
    const { item, logged } = await start((resources) => {
      const rule =
        Object.keys(resources).find((id) => id.startsWith('Hourly') && resources[id]?.Type === 'AWS::Events::Rule') ??
        '';
      permissionOf(resources, rule).Properties.Principal = 's3.amazonaws.com';
    });
    expect(await item('Counters', 'clock', 'Scheduled Event')).toBeUndefined();
    expect(logged.join('')).toMatch(/schedule: no Lambda permission lets \S+ invoke/);
  });
});

describe('with another stack', () => {
  it('the throttle of the stage holds for each route', async () => {
    const { url } = await start((resources) => {
      const stage = Object.values(resources).find(({ Type }) => Type === 'AWS::ApiGatewayV2::Stage');
      if (stage) stage.Properties.DefaultRouteSettings = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 };
    });
    const client = await connect(url, 'allow.alice');
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await client.ask({ action: 'ping' }));
    expect(answers).toMatchObject([{ event: 'pong' }, { event: 'pong' }, { message: 'Too Many Requests' }]);
    expect(await client.ask({ action: 'silent2' })).toMatchObject({ message: 'Forbidden' });
    await (await connect(url, 'allow.bob')).close();
    expect(await refusal(url, ['fixture.v1', 'allow.carol'])).toEqual({
      status: 429,
      body: '{"message":"Too Many Requests"}',
    });
    await client.close();
  });

  it('a function that needs more memory than it has dies, and only its environment', async () => {
    const { url } = await start((resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type === 'AWS::Lambda::Function') Properties.MemorySize = 128;
      }
    });
    const client = await connect(url, 'allow.alice');
    expect(await client.ask({ action: 'hoard' })).toMatchObject({ message: 'Internal server error' });
    expect(await client.ask({ action: 'echo' })).toMatchObject({ invocations: 1 });
    await client.close();
  });

  it('$default takes every frame that no other route takes', async () => {
    const { url } = await start((resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type === 'AWS::ApiGatewayV2::Route' && Properties.RouteKey === 'echo') Properties.RouteKey = '$default';
      }
      Object.assign(permissionOf(resources, '*echo').Properties, { SourceArn: undefined });
    });
    const client = await connect(url, 'allow.alice');
    expect(await client.ask({ action: 'anything' })).toEqual({ unknown: 'anything' });
    await client.close();
  });

  it('a MOCK without an integration response answers nothing', async () => {
    const { url } = await start((resources) => {
      delete resources.Pong;
    });
    const client = await connect(url, 'allow.alice');
    client.send({ action: 'ping' });
    expect(await client.ask({ action: 'nobody' })).toMatchObject({ message: 'Forbidden' });
    await client.close();
  });

  it('the client sees no answer of a route whose response is left out', async () => {
    const { url } = await start((resources) => {
      const response = Object.entries(resources).find(
        ([id, { Type }]) => id.startsWith('Apiecho') && Type === 'AWS::ApiGatewayV2::RouteResponse',
      );
      if (response) delete resources[response[0]];
    });
    const client = await connect(url, 'allow.alice');
    client.send({ action: 'echo' });
    await expect
      .poll(() => cloud?.observations.some((seen) => seen.type === 'invocation' && seen.trigger === 'echo'))
      .toBe(true);
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    await client.close();
  });
});
