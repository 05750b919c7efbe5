import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestOf } from '../../../shared/protocol/actions.ts';
import { testSignedPreKey } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { processesMentioning } from '../../support/processes.ts';
import { StartProgram } from '../../support/programs.ts';
import type { TestClient } from '../../support/test-client.ts';

const KEYS = 100;
const ROUNDS = 2;

let program: StartProgram;
let alice: Person;
let bob: Person;
let url: string;

beforeAll(async () => {
  program = await StartProgram.inNewFolder();
  url = await program.start(0);
  alice = await Person.create(url, 'alice');
  bob = await Person.create(url, 'bob');
}, 120_000);
afterAll(() => program?.remove());

/** What the server has said is so. */
const promised = { stored: new Set<string>(), acknowledged: new Set<string>(), keys: [] as number[] };
/** What Bob has begun to acknowledge: of this nobody knows whether it is there. */
const acknowledging = new Set<string>();

function page(number: number): Omit<RequestOf<'prekeys.publish'>, 'action' | 'id'> {
  const keys = Array.from({ length: KEYS }, (_, i) => number * 1_000 + i);
  const ec = keys.map((id) => ({ id, key: testSignedPreKey(bob.account.keys(1), id).key }));
  return { ec: { page: number, from: 0, keys: ec, count: KEYS } };
}

/** Goes on until the connection is cut, and notes every answer. */
async function load(client: TestClient, work: () => Promise<void>): Promise<void> {
  try {
    while (!client.closed) await work();
  } catch {
    // The connection was cut in the middle of a request: of that one nobody knows.
  }
}

async function sendMany(client: TestClient): Promise<void> {
  const message = alice.messageTo(bob);
  const reply = await client.request('message.send', message);
  if (reply.devices[0]?.status === 'stored') promised.stored.add(message.message);
}

async function takeKeys(client: TestClient): Promise<void> {
  const devices = [{ device: 1, registration: bob.account.device(1).registration }];
  const { bundles } = await client.request('prekeys.fetch', { account: bob.id, token: bob.token, devices });
  promised.keys.push(...bundles.flatMap(({ ec }) => (ec ? [ec.id] : [])));
}

async function acknowledgeOne(client: TestClient): Promise<void> {
  const { messages } = await client.request('message.pull', {});
  const [first] = messages;
  if (!first) return;
  const { message, sender, senderDevice } = first;
  acknowledging.add(message);
  await client.request('message.ack', { messages: [{ message, sender, senderDevice }] });
  promised.acknowledged.add(message);
}

async function everything(client: TestClient): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const { messages, next } = await client.request('message.pull', after === undefined ? {} : { after });
    found.push(...messages.map(({ message }) => message));
    if (next === undefined) return found;
    after = next;
  }
}

describe('kill -9 of everything under load', () => {
  it('loses nothing that was acknowledged, brings nothing back and gives no key twice', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const [from, to] = await Promise.all([alice.connect(1), bob.connect(1)]);
      await to.request('prekeys.publish', page(round));
      const before = promised.stored.size;
      const working = [
        load(from, () => sendMany(from)),
        load(from, () => sendMany(from)),
        load(from, () => takeKeys(from)),
        load(to, () => acknowledgeOne(to)),
      ];
      await expect.poll(() => promised.stored.size - before, { timeout: 90_000 }).toBeGreaterThan(30);
      await program.kill();
      await Promise.all(working);
      await expect.poll(() => processesMentioning(program.data)).toEqual([]);
      // The same port: the address is part of every ticket.
      expect(await program.start(Number(new URL(url).port))).toBe(url);

      const back = await bob.connect(1);
      const waiting = await everything(back);
      expect([...promised.stored].filter((id) => !acknowledging.has(id) && !waiting.includes(id))).toEqual([]);
      expect(waiting.filter((message) => promised.acknowledged.has(message))).toEqual([]);
      await back.close();
    }
    expect(new Set(promised.keys).size).toBe(promised.keys.length);
    expect(promised.keys.length).toBeGreaterThan(10);
    expect(promised.acknowledged.size).toBeGreaterThan(0);
  }, 300_000);
});
