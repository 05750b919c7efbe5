import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RATE_LIMITS } from '../../../shared/protocol/limits.ts';
import { frankingKeys } from '../../../shared/store/franking-keys.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { rendezvous } from '../../../shared/store/rendezvous.ts';
import { seededBytes } from '../../support/identities.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

const WEEK = 604_800_000;

let tables: TestTables;
const clock = { time: 3_000 * WEEK + 1 };
const now = () => clock.time;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.close());

describe('franking keys', () => {
  it('are one a week, however many environments ask for the first time at once', async () => {
    const environments = Array.from({ length: 20 }, () => frankingKeys(tables.dynamo, tables.names.frankingKeys, now));
    const keys = await Promise.all(environments.map((environment) => environment.key(3_000)));
    expect(new Set(keys.map((key) => key.join())).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    const prepared = environments[0];
    await prepared?.prepare(3_000);
    expect(await environments[1]?.key(3_000)).toEqual(keys[0]);
    expect(await prepared?.key(3_001)).not.toEqual(keys[0]);
  });

  it('are forgotten when their week has been over for seven', async () => {
    const keys = frankingKeys(tables.dynamo, tables.names.frankingKeys, now);
    for (const week of [2_990, 2_991, 2_992, 2_993]) await keys.prepare(week);
    await keys.forgetOld();
    const { Items = [] } = await tables.dynamo.send(new ScanCommand({ TableName: tables.names.frankingKeys }));
    const weeks = Items.map(({ week }) => Number(week?.N)).toSorted((a, b) => a - b);
    expect(weeks).toEqual([2_993, 3_000, 3_001]);
  });
});

describe('rate limits', () => {
  it('give out exactly what there is to many at once, and say when there is more', async () => {
    const limits = rateLimits(tables.dynamo, tables.names.ephemera, now);
    const { limit, windowMs } = RATE_LIMITS.fetchFromOne;
    const waits = await Promise.all(Array.from({ length: 30 }, () => limits.use('fetchFromOne', 'who', 3)));
    expect(waits.filter((wait) => wait === undefined).length).toBe(Math.floor(limit / 3));
    expect(waits.find((wait) => wait !== undefined)).toBe(windowMs - (clock.time % windowMs));
    expect(await limits.use('fetchFromOne', 'who', limit % 3)).toBeUndefined();
    expect(await limits.use('fetchFromOne', 'somebody else', 1)).toBeUndefined();
    clock.time += windowMs;
    expect(await limits.use('fetchFromOne', 'who', limit)).toBeUndefined();
    expect(await limits.use('fetchFromOne', 'who', 1)).toBeDefined();
  });
});

describe('rendezvous', () => {
  it('lets in two of many who come at once, and they see each other', async () => {
    const rooms = rendezvous(tables.dynamo, tables.names.ephemera, now);
    const room = seededBytes('room');
    const names = Array.from({ length: 10 }, (_, i) => `connection ${i}`);
    const entered = await Promise.all(names.map((name) => rooms.enter(room, name)));
    const inside = names.filter((_, i) => entered[i] !== undefined);
    expect(inside).toHaveLength(2);
    expect(entered.some((one) => one?.peer !== undefined)).toBe(true);
    const [one = '', two = ''] = inside;
    expect(await rooms.peer(room, one)).toBe(two);
    expect(await rooms.peer(room, two)).toBe(one);
    const outsider = names.find((name) => !inside.includes(name)) ?? '';
    expect(await rooms.peer(room, outsider)).toBe('outside');
  });

  it('keeps no secret in the table', async () => {
    const rooms = rendezvous(tables.dynamo, tables.names.ephemera, now);
    const room = seededBytes('a secret room');
    await rooms.enter(room, 'connection');
    const text = JSON.stringify(await tables.scan('ephemera'));
    expect(text).not.toContain(Buffer.from(room).toString('base64url'));
  });
});
