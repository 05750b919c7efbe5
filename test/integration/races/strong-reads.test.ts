import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DynamoDbCall } from '../../../local/faults/hooks.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

const calls: DynamoDbCall[] = [];
let cloud: Sotto;

// The emulator answers every read strongly; DynamoDB does so only when it is asked to. So what is asked for is looked at.
beforeAll(async () => {
  const look = async (call: DynamoDbCall): Promise<undefined> => {
    calls.push(call);
    return undefined;
  };
  cloud = await startSotto({ hooks: { dynamoDb: look } });
  const alice = await Person.create(cloud.url, 'alice');
  const bob = await Person.create(cloud.url, 'bob', 2);
  const from = await alice.connect(1);
  const to = await bob.connect(1);
  await bob.publishPreKeys(to, 1, 1, 100, 12);
  await from.request('message.send', alice.messageTo(bob));
  const { messages } = await to.request('message.pull', {});
  await to.request('message.ack', {
    messages: messages.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice })),
  });
  const devices = bob.account.content.devices.map(({ id, registration }) => ({ device: id, registration }));
  await from.request('prekeys.fetch', { account: bob.id, token: bob.token, devices });
  await to.request('prekeys.count', {});
  await from.request('account.lists', { account: bob.id, token: bob.token, after: 0 });
  await to.request('account.fresh', { fresh: bob.account.fresh(Date.now()) });
  await to.request('hello', { ticket: bob.ticket(2) });
  const room = new Uint8Array(32);
  await from.request('link.open', { room });
  await to.request('link.open', { room });
  await from.request('link.send', { room, data: new Uint8Array(1) });
  await bob.publish(to, { remove: [2] });
});
afterAll(() => cloud?.close());

/** Each read of a request with whether it is strong: a batch has one of each table. */
function reads({ operation, request, functionId, tables }: DynamoDbCall): { what: string; strong: unknown }[] {
  const what = `${functionId} ${operation}`;
  if (operation === 'BatchGetItem') {
    const parts: [string, { ConsistentRead?: boolean }][] = Object.entries(Object(request.RequestItems));
    return parts.map(([table, part]) => ({ what: `${what} ${table}`, strong: part.ConsistentRead }));
  }
  return /^(GetItem|Query|Scan)$/.test(operation)
    ? [{ what: `${what} ${tables}`, strong: request.ConsistentRead }]
    : [];
}

describe('every read of every function', () => {
  it('asks for what was written before, not for what a replica has', () => {
    const all = calls.flatMap(reads);
    for (const folder of ['Authorizer', 'Session', 'Account', 'Link', 'Prekeys', 'Message']) {
      expect(
        all.some(({ what }) => what.includes(folder)),
        folder,
      ).toBe(true);
    }
    expect(all.filter(({ strong }) => strong !== true)).toEqual([]);
  });
});
