import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RATE_LIMITS } from '../../../shared/protocol/limits.ts';
import type { PreKey, SignedKemPreKey } from '../../../shared/protocol/prekeys.ts';
import { rateLimits } from '../../../shared/store/rate-limits.ts';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { seededBytes, testKemPreKey, testSignedPreKey } from '../../support/identities.ts';
import { addDevice, type Person, refusalOf, signUp, TOKEN } from '../../support/people.ts';

let functions: DeployedFunctions;
beforeAll(async () => {
  functions = await startFunctions();
});
afterAll(() => functions.close());

const ecKeys = (count: number, first = 1): PreKey[] =>
  Array.from({ length: count }, (_, i) => ({
    id: first + i,
    key: Uint8Array.from([5, ...seededBytes(`ec ${first + i}`)]),
  }));
const kemKeys = ({ account }: Person, count: number, first = 1): SignedKemPreKey[] =>
  Array.from({ length: count }, (_, i) => testKemPreKey(account.keys(1), first + i));
const allOf = ({ account }: Person) =>
  account.content.devices.map(({ id, registration }) => ({ device: id, registration }));
const fetching = (person: Person) => ({ account: person.account.account, token: TOKEN, devices: allOf(person) });

describe('prekeys.publish', () => {
  it('publishes a page with its last frame, and not before', async () => {
    const bob = await signUp(functions, 'page bob');
    const alice = await signUp(functions, 'page alice');
    await bob.connection.request('prekeys.publish', { ec: { page: 5, from: 0, keys: ecKeys(100) } });
    expect((await alice.connection.request('prekeys.fetch', fetching(bob))).bundles[0]?.ec).toBeUndefined();
    await bob.connection.request('prekeys.publish', { ec: { page: 5, from: 100, keys: ecKeys(30, 101), count: 130 } });
    expect((await alice.connection.request('prekeys.fetch', fetching(bob))).bundles[0]?.ec).toEqual(ecKeys(1)[0]);
    expect((await bob.connection.request('prekeys.count', {})).ec).toEqual({ page: 5, left: 129 });
  });

  it('is limited for each account', async () => {
    const bob = await signUp(functions, 'busy bob');
    const frame = { ec: { page: 1, from: 0, keys: ecKeys(1), count: 1 } };
    const { limit } = RATE_LIMITS.keys;
    await rateLimits(functions.tables.dynamo, functions.tables.names.ephemera, Date.now).use(
      'keys',
      bob.account.account,
      limit - 1,
    );
    expect(await refusalOf(bob.connection.request('prekeys.publish', frame))).toBe('none');
    expect(await refusalOf(bob.connection.request('prekeys.publish', frame))).toBe('rate-limited');
  });

  it('repeated does nothing, also when keys of the page have been given out', async () => {
    const bob = await signUp(functions, 'repeat bob');
    const alice = await signUp(functions, 'repeat alice');
    const frame = { ec: { page: 1, from: 0, keys: ecKeys(3), count: 3 } };
    await bob.connection.request('prekeys.publish', frame);
    const first = await alice.connection.request('prekeys.fetch', fetching(bob));
    await bob.connection.request('prekeys.publish', frame);
    const second = await alice.connection.request('prekeys.fetch', fetching(bob));
    expect([first, second].map(({ bundles }) => bundles[0]?.ec?.id)).toEqual([1, 2]);
  });

  it('never changes keys of a page that is being given out', async () => {
    const bob = await signUp(functions, 'live page bob');
    const alice = await signUp(functions, 'live page alice');
    await bob.connection.request('prekeys.publish', { ec: { page: 1, from: 0, keys: ecKeys(3), count: 3 } });
    await bob.connection.request('prekeys.publish', { ec: { page: 1, from: 0, keys: ecKeys(3, 500), count: 3 } });
    expect((await alice.connection.request('prekeys.fetch', fetching(bob))).bundles[0]?.ec).toEqual(ecKeys(1)[0]);
  });

  it.each([
    ['lacks its first frame', 'incomplete-page', { page: 9, from: 100, keys: ecKeys(10), count: 110 }],
    ['is shorter than its count', 'incomplete-page', { page: 9, from: 0, keys: ecKeys(10), count: 11 }],
    ['is below the published one', 'stale-page', { page: 2, from: 0, keys: ecKeys(1), count: 1 }],
    ['does not begin where frames begin', 'bad-request ec.from', { page: 9, from: 50, keys: ecKeys(10) }],
    ['holds more than its count', 'bad-request ec.count', { page: 9, from: 0, keys: ecKeys(10), count: 9 }],
  ])('refuses a page that %s and changes nothing', async (name, code, ec) => {
    const bob = await signUp(functions, `refuse ${name}`);
    await bob.connection.request('prekeys.publish', { ec: { page: 3, from: 0, keys: ecKeys(1), count: 1 } });
    const before = await functions.tables.scan('preKeys');
    expect(await refusalOf(bob.connection.request('prekeys.publish', { ec }))).toBe(code);
    expect(await functions.tables.scan('preKeys')).toEqual(before);
  });

  it('refuses keys that the device did not sign', async () => {
    const bob = await signUp(functions, 'signatures bob');
    const eve = await signUp(functions, 'signatures eve');
    const [own, foreign] = [kemKeys(bob, 2), kemKeys(eve, 1)];
    for (const fields of [
      { kem: { page: 1, from: 0, keys: [...own, ...foreign], count: 3 } },
      { signed: testSignedPreKey(eve.account.keys(1)) },
      { lastResort: testKemPreKey(eve.account.keys(1)) },
    ]) {
      expect(await refusalOf(bob.connection.request('prekeys.publish', fields))).toBe('invalid-prekey');
    }
    expect((await bob.connection.request('prekeys.count', {})).kem.page).toBe(0);
  });

  it('replaces the signed key and the last resort', async () => {
    const bob = await signUp(functions, 'replace bob');
    const keys = bob.account.keys(1);
    await bob.connection.request('prekeys.publish', {
      signed: testSignedPreKey(keys, 7),
      lastResort: testKemPreKey(keys, 8),
    });
    expect(await bob.connection.request('prekeys.count', {})).toMatchObject({ signed: 7, lastResort: 8 });
  });

  it('keeps the page before the last and deletes older ones', async () => {
    const bob = await signUp(functions, 'old pages');
    for (const page of [10, 20, 30]) {
      await bob.connection.request('prekeys.publish', {
        ec: { page, from: 0, keys: ecKeys(1), count: 1 },
        kem: { page, from: 0, keys: kemKeys(bob, 1), count: 1 },
      });
    }
    const parts = (await functions.tables.scan('preKeys'))
      .filter(({ device }) => device?.S?.startsWith(bob.account.account))
      .map(({ part }) => part?.S ?? '');
    expect(parts.filter((part) => /^(ec|kem)#/.test(part)).map((part) => part.slice(0, part.lastIndexOf('#')))).toEqual(
      ['ec#0000000000000020', 'ec#0000000000000030', 'kem#0000000000000020', 'kem#0000000000000030'],
    );
  });
});

describe('prekeys.fetch', () => {
  it('gives every key once, then leaves EC out and falls back to the last resort', async () => {
    const bob = await signUp(functions, 'exhaust bob');
    const alice = await signUp(functions, 'exhaust alice');
    await bob.connection.request('prekeys.publish', {
      ec: { page: 1, from: 0, keys: ecKeys(2), count: 2 },
      kem: { page: 1, from: 0, keys: kemKeys(bob, 1), count: 1 },
    });
    const bundles = [];
    for (let i = 0; i < 3; i++)
      bundles.push(...(await alice.connection.request('prekeys.fetch', fetching(bob))).bundles);
    const standing = testKemPreKey(bob.account.keys(1), 1);
    expect(bundles.map(({ ec, lastResort }) => [ec?.id, lastResort])).toEqual([
      [1, false],
      [2, true],
      [undefined, true],
    ]);
    expect(bundles[2]).toMatchObject({ device: 1, kem: standing, signed: testSignedPreKey(bob.account.keys(1)) });
    expect(bob.connection.events()).toEqual([
      { kind: 'event', event: { event: 'prekeys.low', ec: 1, kem: 0 } },
      { kind: 'event', event: { event: 'prekeys.low', ec: 0, kem: 0 } },
      { kind: 'event', event: { event: 'prekeys.low', ec: 0, kem: 0 } },
    ]);
  });

  it('serves each device alone', async () => {
    const bob = await signUp(functions, 'alone bob');
    await addDevice(functions, bob);
    const alice = await signUp(functions, 'alone alice');
    const [first, second] = allOf(bob);
    if (!first || !second) throw new Error('two devices');
    const devices = [
      first,
      { ...second, registration: second.registration === 1 ? 2 : 1 },
      { device: 77, registration: 1 },
    ];
    const reply = await alice.connection.request('prekeys.fetch', { ...fetching(bob), devices });
    expect(reply.bundles.map(({ device }) => device)).toEqual([1]);
    expect(reply.failed).toEqual([
      { device: 2, reason: 'stale' },
      { device: 77, reason: 'unknown' },
    ]);
  });

  it('does not ask for more while there are twenty of each', async () => {
    const bob = await signUp(functions, 'enough bob');
    const alice = await signUp(functions, 'enough alice');
    await bob.connection.request('prekeys.publish', { ec: { page: 1, from: 0, keys: ecKeys(21), count: 21 } });
    await bob.connection.request('prekeys.publish', { kem: { page: 1, from: 0, keys: kemKeys(bob, 12) } });
    await bob.connection.request('prekeys.publish', {
      kem: { page: 1, from: 12, keys: kemKeys(bob, 9, 13), count: 21 },
    });
    await alice.connection.request('prekeys.fetch', fetching(bob));
    expect(bob.connection.events()).toEqual([]);
    await alice.connection.request('prekeys.fetch', fetching(bob));
    expect(bob.connection.events()).toHaveLength(1);
  });

  it('is limited for one account’s keys', async () => {
    const bob = await signUp(functions, 'drain bob');
    const alice = await signUp(functions, 'drain alice');
    const outcomes: string[] = [];
    for (let i = 0; i < 41; i++)
      outcomes.push(await refusalOf(alice.connection.request('prekeys.fetch', fetching(bob))));
    expect(outcomes.filter((outcome) => outcome === 'none').length).toBe(40);
    expect(outcomes.at(-1)).toBe('rate-limited');
  });

  it('refuses a device that is named twice', async () => {
    const bob = await signUp(functions, 'fetch twice');
    const devices = [...allOf(bob), ...allOf(bob)];
    expect(await refusalOf(bob.connection.request('prekeys.fetch', { ...fetching(bob), devices }))).toBe(
      'bad-request devices',
    );
  });
});
