import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { signGuestTicket } from '../../../shared/trust/ticket.ts';
import { seededBytes, TestAccount, testKemPreKey, testSignedPreKey } from '../../support/identities.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { TestClient } from '../../support/test-client.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto({}, 'prod');
});
afterAll(() => sotto?.close());

/** What the operator's command prints. Credentials that the emulator takes: none leaves this machine. */
async function invite(...options: string[]): Promise<string[]> {
  const target = [
    '--table',
    sotto.tables.EphemeraTable ?? '',
    '--region',
    sotto.region,
    '--endpoint',
    sotto.databaseEndpoint,
  ];
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const { stdout } = await promisify(execFile)(process.execPath, ['tools/operator/invite.ts', ...target, ...options], {
    env,
  });
  return stdout.trim().split('\n');
}

/** Creates an account and says `created`, or the code of the refusal. */
async function create(account: TestAccount, admission?: string): Promise<string> {
  const ticket = signGuestTicket(crypto.getRandomValues(new Uint8Array(32)), sotto.url, Date.now());
  const guest = await TestClient.open(sotto.url, ticket);
  const keys = account.keys(1);
  try {
    await guest.request('account.create', {
      list: account.list,
      prekeys: { device: 1, signed: testSignedPreKey(keys), lastResort: testKemPreKey(keys) },
      tokens: [sha256(seededBytes('token', 16))],
      ...(admission === undefined ? {} : { admission }),
    });
    return 'created';
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  } finally {
    await guest.close();
  }
}

describe('a stage that takes invite codes', () => {
  it('admits one account for each code that the operator made, and nobody else', async () => {
    const [first, second] = await invite('--count', '2');
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => new TestAccount(name)) as [
      TestAccount,
      TestAccount,
      TestAccount,
    ];

    expect(await create(alice)).toBe('admission-refused');
    expect(await create(alice, 'guess')).toBe('admission-refused');
    expect(await create(alice, first)).toBe('created');
    expect(await create(bob, first)).toBe('admission-refused');
    expect(await create(bob, second)).toBe('created');
    expect(await create(carol, second)).toBe('admission-refused');
  });

  it('answers the repetition of a creation like the first time, although its code is used up', async () => {
    const [code] = await invite();
    const dora = new TestAccount('dora');
    expect([await create(dora, code), await create(dora, code)]).toEqual(['created', 'created']);
  });

  it('lets two that use one code at once create one account', async () => {
    const [code] = await invite();
    const outcomes = await Promise.all(['erin', 'frank', 'grace'].map((name) => create(new TestAccount(name), code)));
    expect(outcomes.sort()).toEqual(['admission-refused', 'admission-refused', 'created']);
  });

  it('tells the operator what an option should be', async () => {
    await expect(invite('--days', '91')).rejects.toThrow('--days 91: give a whole number from 1 to 90.');
  });
});
