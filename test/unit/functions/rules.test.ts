import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { requireContact } from '../../../functions/contact.ts';
import { requireDistinct, statusOf } from '../../../functions/devices.ts';
import { fitting } from '../../../functions/fit.ts';
import { rotate } from '../../../functions/franking-keys/rotate.ts';
import { failures } from '../../../functions/middleware/failures.ts';
import { metrics } from '../../../functions/middleware/metrics.ts';
import { requireRate } from '../../../functions/rate.ts';
import { bytes } from '../../../shared/protocol/fields.ts';
import { headAttributes, readHead } from '../../../shared/store/device-list-head.ts';
import { captureLog } from '../../support/captured-log.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';
import { TOKEN, TOKEN_HASH } from '../../support/people.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const bob = new TestAccount('bob', 2);
const headWith = (tokens: readonly Uint8Array[]) =>
  readHead({
    ...headAttributes({ ...bob.content, hash: bob.hash }),
    account: { S: bob.account },
    created: { N: '1' },
    tokens: { L: tokens.map((B) => ({ B })) },
  });
const caller = (account: string) =>
  ({ kind: 'device', account, device: 1, registration: 1, connection: 'c', ticket: 1 }) as const;
const ALICE = caller(new TestAccount('alice').account);

describe('the contact token', () => {
  const others = Array.from({ length: 7 }, (_, i) => seededBytes(`other ${i}`));
  it.each([
    ['the first of one', headWith([TOKEN_HASH]), TOKEN, ALICE, true],
    ['the last of eight', headWith([...others, TOKEN_HASH]), TOKEN, ALICE, true],
    ['wrong', headWith([TOKEN_HASH]), seededBytes('wrong', 16), ALICE, false],
    ['missing', headWith([TOKEN_HASH]), undefined, ALICE, false],
    ['for an account without tokens', headWith([]), TOKEN, ALICE, false],
    ['for an account that does not exist', undefined, TOKEN, ALICE, false],
    ['missing, for one’s own account', headWith([]), undefined, caller(bob.account), true],
  ])('%s', (_name, head, token, from, allowed) => {
    const ask = () => requireContact(head, { account: bob.account, token }, from);
    if (allowed) expect(ask()).toBe(head);
    else expect(ask).toThrow(expect.objectContaining({ code: 'unknown-account', detail: {} }));
  });
});

it('a device is listed with its own registration only', () => {
  const head = headWith([]);
  const { registration } = bob.device(2);
  expect(statusOf(head, { device: 2, registration })).toBe('listed');
  expect(statusOf(head, { device: 2, registration: registration + 1 })).toBe('stale');
  expect(statusOf(head, { device: 3, registration })).toBe('unknown');
  expect(statusOf(undefined, { device: 2, registration })).toBe('unknown');
  expect(() => requireDistinct([{ device: 1 }, { device: 2 }, { device: 1 }])).toThrow();
});

it('as many values as a frame has room for', () => {
  const schema = bytes(3_000);
  const values = Array.from({ length: 20 }, (_, i) => new Uint8Array(3_000).fill(i));
  // 4,000 characters each, two quotes and a comma, in 30,976 bytes.
  expect(fitting(schema, values)).toBe(7);
  expect(fitting(schema, values, 4_000)).toBe(6);
  expect(fitting(schema, values.slice(0, 3))).toBe(3);
  expect(fitting(schema, [])).toBe(0);
});

it('a limit that is used up says how long to wait', async () => {
  await expect(requireRate({ use: async () => undefined }, 'send', 'who')).resolves.toBeUndefined();
  const used = requireRate({ use: async () => 1_500 }, 'send', 'who');
  await expect(used).rejects.toMatchObject({ code: 'rate-limited', detail: { retryAfter: 1_500 } });
});

it('the daily run makes this week’s and next week’s key, and then forgets the old', async () => {
  const done: string[] = [];
  const keys = {
    prepare: async (week: number) => void done.push(`prepare ${week}`),
    forgetOld: async () => void done.push('forget'),
  };
  await rotate(keys, () => 3_000 * 604_800_000)();
  expect(done).toEqual(['prepare 3000', 'prepare 3001', 'forget']);
});

it('what leaves a handler without a frame says nothing', async () => {
  const log = captureLog();
  const handler = middy()
    .use(metrics('test', () => 5, 'connect'))
    .use(failures())
    .handler(() => Promise.reject(new RangeError('secret id')));
  const thrown: unknown = await handler({}, {} as Context).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ message: 'internal', stack: '' });
  expect(log.map((line) => JSON.parse(line))).toMatchObject([
    { error: 'RangeError' },
    { action: 'connect', code: 'internal' },
  ]);
  expect(log.join()).not.toContain('secret');
});
