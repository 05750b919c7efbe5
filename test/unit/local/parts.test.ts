import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressRewriter } from '../../../local/addresses.ts';
import { parseArguments } from '../../../local/arguments.ts';
import { type FaultPlanOptions, planFaults } from '../../../local/faults/plan.ts';
import { TokenBucket } from '../../../local/gateway/throttle.ts';
import { Refusal } from '../../../local/refusal.ts';
import { cachedAssembly } from '../../../local/synthesis/cache.ts';
import type { Api } from '../../../local/template/api.ts';
import { ManualClock } from '../../support/manual-clock.ts';

describe('the throttle of a route', () => {
  it('lets a burst pass, and then the rate', () => {
    const clock = new ManualClock();
    const bucket = new TokenBucket({ rate: 10, burst: 3 }, clock);
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
    clock.advance(100);
    expect([1, 2].map(() => bucket.take())).toEqual([true, false]);
    clock.advance(60_000);
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false]);
  });
});

describe('addresses', () => {
  const api: Api = {
    id: 'abcdefghij',
    stage: 'sotto',
    region: 'eu-central-1',
    account: '0',
    selector: [],
    routes: new Map(),
  };
  const rewrite = addressRewriter(api, { webSocket: 'ws://here', management: 'http://there' });
  const domain = 'abcdefghij.execute-api.eu-central-1.amazonaws.com';

  it('of the API are replaced, whole and only whole', () => {
    expect(rewrite(`wss://${domain}/sotto`)).toBe('ws://here');
    expect(rewrite(`https://${domain}/sotto`)).toBe('http://there');
    expect(rewrite('https://example.org/keys')).toBe('https://example.org/keys');
    expect(() => rewrite(`https://${domain}/other`)).toThrow(Refusal);
  });
});

describe('arguments', () => {
  it('have defaults', () => {
    expect(parseArguments([])).toEqual({ help: false, port: 8787, host: undefined, data: '.sotto/data', stage: 'dev' });
    expect(parseArguments(['--ephemeral', '--port', '0'])).toMatchObject({ port: 0, data: undefined });
  });

  it.each([
    [['--port', '70000']],
    [['--port', '-1']],
    [['--host', '0.0.0.0']],
    [['--ephemeral', '--data', 'x']],
    [['extra']],
    [['--unknown']],
  ])('%j is refused', (argv) => {
    expect(() => parseArguments(argv)).toThrow(Refusal);
  });
});

describe('a seeded plan', () => {
  const fates = async (seed: string, order: readonly string[]): Promise<Record<string, unknown[]>> => {
    const rates: FaultPlanOptions['rates'] = { invocation: { 'cold start': 0.3, crash: 0.3 } };
    const { hooks } = planFaults({ seed, rates, longestDelayMs: 0, clock: new ManualClock() });
    const drawn: Record<string, unknown[]> = {};
    for (const trigger of order) {
      const fate = await hooks.invocation?.({ functionId: 'F', trigger, event: {} });
      drawn[trigger] = [...(drawn[trigger] ?? []), fate?.kind];
    }
    return drawn;
  };
  const turns = ['a', 'b'].flatMap((trigger) => Array.from({ length: 20 }, () => trigger));

  it('gives the n-th request of a kind the same fate, in whatever order the kinds come', async () => {
    expect(await fates('one', turns)).toEqual(await fates('one', turns.toReversed()));
  });

  it('gives other fates with another seed', async () => {
    expect(await fates('one', turns)).not.toEqual(await fates('two', turns));
  });

  it('lets no conflict happen to a plain read', async () => {
    const { hooks, occurred } = planFaults({
      seed: 'one',
      rates: { dynamoDb: { 'transaction conflict': 1 } },
      longestDelayMs: 0,
      clock: new ManualClock(),
    });
    const call = { functionId: 'F', environmentId: 'E', tables: ['T'], request: {} };
    expect(await hooks.dynamoDb?.({ ...call, operation: 'GetItem' })).toBeUndefined();
    expect(await hooks.dynamoDb?.({ ...call, operation: 'PutItem' })).toEqual({ kind: 'transaction conflict' });
    expect(occurred()).toEqual({ 'dynamoDb: transaction conflict': 1 });
  });
});

describe('the cache of assemblies', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sotto-cache-'));
    await writeFile(join(root, 'input.ts'), 'one');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const get = async (
    variant = 'dev',
    synthesize = (output: string) => writeFile(join(output, 'manifest.json'), '{}'),
  ) => {
    let made = 0;
    const directory = await cachedAssembly({
      directory: join(root, 'cache'),
      root,
      inputs: ['input.ts', 'missing.json'],
      variant,
      synthesize: async (output) => {
        made++;
        await synthesize(output);
      },
    });
    return { directory, made };
  };

  it('synthesizes only when the content of an input has changed', async () => {
    const first = await get();
    await utimes(join(root, 'input.ts'), new Date(), new Date());
    expect([first.made, await get()]).toEqual([1, { directory: first.directory, made: 0 }]);
    await writeFile(join(root, 'input.ts'), 'two');
    expect((await get()).made).toBe(1);
    await writeFile(join(root, 'input.ts'), 'one');
    expect(await get()).toEqual({ directory: first.directory, made: 0 });
  });

  it('keeps stages apart', async () => {
    expect((await get('dev')).directory).not.toBe((await get('prod')).directory);
  });

  it('keeps nothing of a synthesis that fails', async () => {
    await expect(get('dev', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect((await get()).made).toBe(1);
  });
});
