import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReplyOf } from '../../../shared/protocol/actions.ts';
import { CIPHERTEXT_BYTES, DEVICES } from '../../../shared/protocol/limits.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import type { TestClient } from '../../support/test-client.ts';

const gates = new Gates();
let cloud: Sotto;
let tables: DeploymentTables;
let alice: Person;
let bob: Person;
let from: TestClient;
let devices: TestClient[];

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
  alice = await Person.create(cloud.url, 'alice');
  bob = await Person.create(cloud.url, 'bob');
  from = await alice.connect(1);
  const first = await bob.connect(1);
  await bob.publish(first, { add: DEVICES - 1 });
  const others = bob.account.content.devices.slice(1).map(({ id }) => bob.connect(id));
  devices = [first, ...(await Promise.all(others))];
});
afterEach(() => gates.open());
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});

const copies = async (message: string) =>
  (await tables.scan('Mailbox')).filter((item) => item.message?.S?.startsWith(message));

/** What each device is shown, by pushes and by asking. */
async function shown(message: string): Promise<Uint8Array[]> {
  return Promise.all(
    devices.map(async (client) => {
      const { messages } = await client.request('message.pull', {});
      const found = messages.filter((envelope) => envelope.message === message);
      expect(found).toHaveLength(1);
      return found[0]?.ciphertext as Uint8Array;
    }),
  );
}

describe('a message to eight devices', () => {
  it('reaches each with its own ciphertext, by push and by pull', async () => {
    const message = alice.messageTo(bob);
    const reply = await from.request('message.send', message);
    expect(reply.devices.map(({ device, status }) => [device, status])).toEqual(
      bob.account.content.devices.map(({ id }) => [id, 'stored']),
    );
    const ciphertexts = message.devices.map(({ ciphertext }) => ciphertext);
    for (const [i, client] of devices.entries()) {
      expect(await client.event('message')).toMatchObject({ message: message.message, ciphertext: ciphertexts[i] });
    }
    expect(await shown(message.message)).toEqual(ciphertexts);
  });

  it('of the largest size travels in eight frames; those that are lost are sent again and nothing is stored twice', async () => {
    const whole = alice.messageTo(bob, { bytes: CIPHERTEXT_BYTES });
    const frames = whole.devices.map((device) => ({ ...whole, devices: [device] }));
    // The third frame's environment dies before anything, the fifth's after everything, the sixth's with the copy half told.
    gates.dynamoDb.fail(
      (call) => call.operation === 'PutItem' && JSON.stringify(call.request).includes(`${bob.id}#3#`),
      { kind: 'crash', applied: false },
    );
    gates.dynamoDb.fail(
      (call) => call.operation === 'PutItem' && JSON.stringify(call.request).includes(`${bob.id}#6#`),
      { kind: 'crash', applied: true },
    );
    gates.invocation.fail((call) => JSON.stringify(call.event).includes(`\\"device\\":5,`), { kind: 'crash' });
    const sent: (ReplyOf<'message.send'> | undefined)[] = [];
    for (const frame of frames) sent.push(await from.request('message.send', frame).catch(() => undefined));
    expect(sent.map((reply) => reply === undefined)).toEqual([false, false, true, false, true, true, false, false]);
    expect(await copies(whole.message)).toHaveLength(DEVICES - 1);

    const stampsOf = (replies: typeof sent) => replies.map((reply) => reply?.devices[0]?.stamp);
    const again: typeof sent = [];
    for (const frame of frames) again.push(await from.request('message.send', frame));
    expect(await copies(whole.message)).toHaveLength(DEVICES);
    // A frame that was answered before is answered with the stamp of the first time.
    expect(stampsOf(again).map((stamp, i) => (sent[i] ? stamp : undefined))).toEqual(stampsOf(sent));
    expect(await shown(whole.message)).toEqual(whole.devices.map(({ ciphertext }) => ciphertext));
  });

  it('whose frames disagree about the commitment is a conflict, and what was stored stays as it was', async () => {
    const message = alice.messageTo(bob);
    await from.request('message.send', message);
    const other = { ...message, commitment: seededBytes('another commitment') };
    await expect(from.request('message.send', other)).rejects.toMatchObject({ code: 'conflict' });
    expect(await copies(message.message)).toHaveLength(DEVICES);
    expect(await shown(message.message)).toEqual(message.devices.map(({ ciphertext }) => ciphertext));
  });

  it('sent five times at once is stored once and has one stamp', async () => {
    const message = alice.messageTo(bob);
    const storing = gates.dynamoDb.hold(asks('PutItem', message.message));
    const sending = Array.from({ length: 5 }, () => from.request('message.send', message));
    await storing.arrived;
    storing.release();
    const replies = await Promise.all(sending);
    for (const { devices: reports } of replies) {
      expect(reports.map(({ stamp }) => stamp)).toEqual(replies[0]?.devices.map(({ stamp }) => stamp));
    }
    expect(await copies(message.message)).toHaveLength(DEVICES);
  });
});
