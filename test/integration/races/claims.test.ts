import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { DEVICES, RATE_LIMITS } from '../../../shared/protocol/limits.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { fillRate } from '../../support/rates.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import type { TestClient } from '../../support/test-client.ts';

const gates = new Gates();
let cloud: Sotto;
let tables: DeploymentTables;
let bob: Person;
let devices: TestClient[];
let ids: number[];
let calls = 0;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks });
  tables = new DeploymentTables(cloud);
  bob = await Person.create(cloud.url, 'bob');
  const first = await bob.connect(1);
  await bob.publish(first, { add: DEVICES - 1 });
  ids = bob.account.content.devices.map(({ id }) => id);
  await first.event('account.changed');
  devices = [first, ...(await Promise.all(ids.slice(1).map((id) => bob.connect(id))))];
});
afterEach(() => {
  gates.open();
  for (const device of devices) device.takeEvents();
});
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});

const newCall = () => seededBytes(`call ${calls++}`, 16);
const device = (id: number) => devices[ids.indexOf(id)] as TestClient;
const claimBy = (id: number, call: Uint8Array) => device(id).request('call.claim', { call });
const claimsOf = async (call: Uint8Array) =>
  (await tables.scan('Ephemera')).filter(({ key }) => key?.S?.endsWith(`#${base64UrlEncode(call)}`));

/** All devices but one are told that this one has the call. */
async function othersAreTold(winner: number, call: Uint8Array): Promise<void> {
  const others = ids.filter((id) => id !== winner);
  const told = await Promise.all(others.map((id) => device(id).event('call.claimed')));
  expect(told).toEqual(others.map(() => ({ event: 'call.claimed', call, device: winner })));
}

/** Puts a claim of some installation there, as an earlier request would have. */
async function plantClaim(call: Uint8Array, holder: { device: number; registration: number }, seconds: number) {
  const item = {
    key: { S: `claim#${bob.id}#${base64UrlEncode(call)}` },
    part: { S: 'claim' },
    device: { N: String(holder.device) },
    registration: { N: String(holder.registration) },
    expires: { N: String(Math.floor(Date.now() / 1000) + seconds) },
  };
  await tables.dynamo.send(new PutItemCommand({ TableName: tables.name('Ephemera'), Item: item }));
}

const installation = (id: number) => ({ device: id, registration: bob.account.device(id).registration });

describe('a call that eight devices claim at once', () => {
  it('goes to one of them; all others learn which, by their reply and by an event', async () => {
    const call = newCall();
    const replies = await Promise.all(ids.map((id) => claimBy(id, call)));
    const winners = ids.filter((_, i) => replies[i]?.won);
    expect(winners).toHaveLength(1);
    const [winner = 0] = winners;
    expect(replies).toEqual(ids.map((id) => ({ won: id === winner, device: winner })));
    await othersAreTold(winner, call);
    expect(device(winner).takeEvents()).toEqual([]);
    expect(await claimsOf(call)).toHaveLength(1);
  });

  it('is won again by whoever has it, who is told of again; and by nobody else', async () => {
    const call = newCall();
    expect(await claimBy(3, call)).toEqual({ won: true, device: 3 });
    await othersAreTold(3, call);
    expect(await claimBy(5, call)).toEqual({ won: false, device: 3 });
    expect(await claimBy(3, call)).toEqual({ won: true, device: 3 });
    await othersAreTold(3, call);
    // The loser told nobody: after the winner's second telling there is nothing.
    expect(devices.flatMap((each) => each.takeEvents())).toEqual([]);
  });
});

describe('a claim that is there already', () => {
  it('counts as absent when it has expired, although it was not deleted', async () => {
    const call = newCall();
    await plantClaim(call, installation(4), -1);
    expect(await claimBy(2, call)).toEqual({ won: true, device: 2 });
  });

  it('holds until then', async () => {
    const call = newCall();
    await plantClaim(call, installation(4), 30);
    expect(await claimBy(2, call)).toEqual({ won: false, device: 4 });
    expect(await claimBy(4, call)).toEqual({ won: true, device: 4 });
  });

  it('of another installation with the same id is not the device’s own', async () => {
    const call = newCall();
    const { registration } = installation(2);
    await plantClaim(call, { device: 2, registration: registration === 1 ? 2 : registration - 1 }, 30);
    expect(await claimBy(2, call)).toEqual({ won: false, device: 2 });
  });

  it('of another account does not matter', async () => {
    const call = newCall();
    const alice = await Person.create(cloud.url, 'alice');
    const hers = await alice.connect(1);
    expect(await claimBy(6, call)).toEqual({ won: true, device: 6 });
    expect(await hers.request('call.claim', { call })).toEqual({ won: true, device: 1 });
    expect(hers.takeEvents()).toEqual([]);
    await othersAreTold(6, call);
    await hers.close();
  });
});

describe('an environment that dies between the claim and the telling', () => {
  it('leaves a claim that holds, and the repetition tells', async () => {
    const call = newCall();
    gates.dynamoDb.fail(asks('PutItem', base64UrlEncode(call)), { kind: 'crash', applied: true });
    await expect(claimBy(7, call)).rejects.toThrow();
    expect(devices.flatMap((each) => each.takeEvents())).toEqual([]);
    expect(await claimBy(1, call)).toEqual({ won: false, device: 7 });
    expect(await claimBy(7, call)).toEqual({ won: true, device: 7 });
    await othersAreTold(7, call);
  });
});

describe('a device that is removed', () => {
  it('claims nothing, from the moment that the list is there', async () => {
    const carol = await Person.create(cloud.url, 'carol', 2);
    const [phone, tablet] = [await carol.connect(1), await carol.connect(2)];
    const ending = gates.management.hold(({ method }) => method === 'DELETE');
    const published = carol.publish(phone, { remove: [2] });
    await Promise.race([ending.arrived, published]);
    const call = newCall();
    await expect(tablet.request('call.claim', { call })).rejects.toMatchObject({ code: 'not-current' });
    expect(await claimsOf(call)).toEqual([]);
    ending.release();
    await published;
    await tablet.whenClosed();
    await phone.close();
  });
});

it('an account that has claimed too much has to wait', async () => {
  const dave = await Person.create(cloud.url, 'dave');
  const phone = await dave.connect(1);
  await fillRate(tables, 'claim', dave.id, RATE_LIMITS.claim.limit);
  const call = newCall();
  await expect(phone.request('call.claim', { call })).rejects.toMatchObject({ code: 'rate-limited' });
  expect(await claimsOf(call)).toEqual([]);
  await phone.close();
});
