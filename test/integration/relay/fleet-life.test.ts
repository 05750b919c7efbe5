import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dialectOf } from '../../../relay/coturn/version.ts';
import { installedVersion } from '../../../relay/coturn/version-of.ts';
import type { TurnClient } from '../../../relay/turn/client.ts';
import { NoAnswerError } from '../../../relay/turn/transactions.ts';
import type { ReplyOf } from '../../../shared/protocol/actions.ts';
import type { Relay } from '../../../shared/protocol/relay.ts';
import { eventually } from '../../support/eventually.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { fillRate } from '../../support/rates.ts';
import { answerTo } from '../../support/relay-coturn.ts';
import { RelayFleet } from '../../support/relay-fleet.ts';
import type { TestClient } from '../../support/test-client.ts';

// One deployment from its first relay on: the functions as they are deployed, relays as processes, a coturn in each. Time passes by what is kept growing older.

const MINUTE = 60_000;
const MONTH = 31 * 24 * 60 * MINUTE;

let fleet: RelayFleet;
let people: TestClient[];
let accounts: string[];
let hers: TestClient;
let his: TestClient;
let calls = 0;

beforeAll(async () => {
  fleet = await RelayFleet.start();
  const persons = await Promise.all(
    ['alice', 'bob', 'carol', 'dave'].map((name) => Person.create(fleet.cloud.url, name)),
  );
  accounts = persons.map(({ id }) => id);
  people = await Promise.all(persons.map((person) => person.connect(1)));
  const [alice, bob] = people;
  if (!alice || !bob) throw new Error('nobody');
  hers = alice;
  his = bob;
}, 180_000);
afterAll(() => fleet?.close());

const newCall = () => seededBytes(`life ${calls++}`, 16);
const ask = (client: TestClient, call: Uint8Array): Promise<ReplyOf<'relay.credentials'>> =>
  client.request('relay.credentials', { call });
const namesIn = ({ relays }: ReplyOf<'relay.credentials'>) => relays.map(({ relay }) => relay);

/** Somebody sends something through a relay, and it arrives. */
async function talk(from: TurnClient, to: TurnClient): Promise<void> {
  const [one, other] = [await from.allocate(), await to.allocate()];
  await Promise.all([from.permit(other.relayed), to.permit(one.relayed)]);
  await say(from, to, other.relayed);
}

async function say(from: TurnClient, to: TurnClient, at: { address: string; port: number }): Promise<void> {
  const heard = new Promise<string>((resolve) => {
    to.onData = ({ data }) => resolve(data.toString());
  });
  from.send(at, Buffer.from('hello'));
  expect(await heard).toBe('hello');
}

/** Nobody runs any more, and nobody is started in their place. */
async function none(): Promise<void> {
  await eventually(() => fleet.tasks).toEqual([]);
  expect([fleet.service.desired, await fleet.records()]).toEqual([0, []]);
}

describe('a fleet that may stand at none', () => {
  it('is taken there when nobody has called for a quarter of an hour', async () => {
    expect(await fleet.active()).toEqual(fleet.tasks);
    await fleet.reconcile();
    expect([fleet.service.desired, fleet.tasks.length]).toEqual([1, 1]);
    await fleet.quiet(15 * MINUTE);
    await fleet.reconcile();
    await none();
  });

  it('gets one relay for the first callers, although both ask at once, and has it until they are gone', async () => {
    const call = newCall();
    const first = await Promise.all([ask(hers, call), ask(his, call)]);
    expect(first.map(({ status }) => status)).toEqual(['starting', 'starting']);
    expect([fleet.service.desired, fleet.tasks.length]).toEqual([1, 1]);
    await eventually(() => fleet.active()).toEqual(fleet.tasks);
    const [one, other] = await Promise.all([ask(hers, call), ask(his, call)]);
    expect([one.status, namesIn(one), namesIn(other)]).toEqual(['ready', fleet.tasks, fleet.tasks]);

    const [alice, bob] = [await clientIn(one), await clientIn(other)];
    await talk(alice, bob);
    await Promise.all([alice.refresh(0), bob.refresh(0)]);
    const raised = fleet.observed.filter(
      (each) =>
        each.type === 'ecs' &&
        each.operation === 'UpdateService' &&
        each.functionId.startsWith('FunctionsRelayFunction'),
    );
    expect(raised.length).toBeLessThanOrEqual(2);

    await fleet.quiet(10 * MINUTE);
    await fleet.reconcile();
    expect([fleet.service.desired, fleet.tasks.length]).toEqual([1, 1]);
    await fleet.quiet(5 * MINUTE);
    await fleet.reconcile();
    await none();
  });
});

it('a relay that is let drain tells its callers, lets them talk, takes nobody new, and ends last of all', async () => {
  fleet.service.update({ desiredCount: 2 });
  await eventually(async () => (await fleet.active()).length).toBe(2);
  const call = newCall();
  const before = await ask(hers, call);
  expect(namesIn(before).toSorted()).toEqual(fleet.tasks.toSorted());

  // ECS has one too many, and ends neither, although nobody uses them: which one is for the functions to choose.
  fleet.service.update({ desiredCount: 1 });
  const lowered = Date.now();
  await eventually(async () => (await fleet.records()).every(({ heartbeat }) => heartbeat > lowered)).toBe(true);
  expect(await fleet.active()).toHaveLength(2);

  const talking = await Promise.all(before.relays.map(pairAt));
  await fleet.reconcile();
  const [stays = ''] = await fleet.active();
  const drained = before.relays.find(({ relay }) => relay !== stays);
  if (!drained) return expect.fail('none drains');
  expect(await hers.event('relay.draining')).toEqual({ event: 'relay.draining', relay: drained.relay });
  expect(his.takeEvents()).toEqual([]);

  for (const { relay, end } of talking) if (relay === stays) await end();
  const pair = talking.find(({ relay }) => relay === drained.relay);
  await pair?.again();
  if (dialectOf(await installedVersion()).drains) {
    expect(await answerTo((await fleet.clientOf(drained)).allocate())).toBe(403);
  }
  expect(namesIn(await ask(hers, call))).toEqual([stays]);
  expect(fleet.tasks).toHaveLength(2);
  await pair?.end();
  await eventually(() => fleet.tasks).toEqual([stays]);
  expect(await fleet.active()).toEqual([stays]);

  fleet.service.update({ desiredCount: 0 });
  await fleet.reconcile();
  expect(await ask(hers, call)).toMatchObject({ status: 'starting', relays: [] });
  // She has asked for another one by that.
  await eventually(async () => [(await fleet.active()).length, fleet.tasks.includes(stays)]).toEqual([1, false]);
});

describe('while the secret is rotated, and again a month later', () => {
  it.each([
    ['although it is tried once more before all relays know the new one', true],
    ['the second time', false],
  ])(
    'credentials are good at their relay at every moment, and no caller waits: %s',
    async (_how, again) => {
      fleet.service.update({ desiredCount: 2 });
      await eventually(async () => (await fleet.active()).length).toBe(2);
      await fleet.ageSecret(MONTH);
      // A month later no environment is left that has read the secret before.
      fleet.gates.invocation.fail(({ trigger }) => trigger === 'relay.credentials', ...COLD_STARTS);
      const watch = watchCredentials();
      await watch.round();
      const seen = new Set(fleet.tasks);
      const [newest] = fleet.secrets;
      await fleet.rotate();
      const rotated = fleet.secrets;
      expect(rotated).toEqual([expect.anything(), newest]);
      await eventually(newOnes).toBe(2);
      for (const task of fleet.tasks) seen.add(task);
      await watch.round();
      if (again) await overtaken(rotated);
      await fleet.reconcile();
      await eventually(() => fleet.tasks.length).toBe(2);
      for (const task of fleet.tasks) seen.add(task);
      for (const { secrets } of await fleet.records()) expect(secrets).toEqual(rotated.map(({ id }) => id));
      await watch.round();
      const { granted, refused } = await watch.end();
      expect(refused).toEqual([]);
      expect(granted.toSorted()).toEqual([...seen].toSorted());
    },
    120_000,
  );
});

/** How many relays of the newest deployment are active. */
async function newOnes(): Promise<number> {
  const active = await fleet.active();
  return fleet.service.tasks.filter(
    ({ id, deployment }) => deployment === fleet.service.deployment && active.includes(id),
  ).length;
}

/** A rotation before relays of the last one are done: it replaces all relays again, although there is no room for more, and no secret. */
async function overtaken(secrets: RelayFleet['secrets']): Promise<void> {
  await fleet.ageSecret(MONTH);
  await fleet.rotate();
  expect(fleet.secrets).toEqual(secrets);
  expect(await newOnes()).toBe(0);
  await fleet.reconcile();
  await eventually(newOnes).toBe(2);
}

const COLD_STARTS = Array.from({ length: 4 }, () => ({ kind: 'cold start' as const }));

function clientIn({ relays: [first] }: ReplyOf<'relay.credentials'>): Promise<TurnClient> {
  if (!first) throw new Error('no relay');
  return fleet.clientOf(first);
}

/** Two who talk through a relay. */
async function pairAt(relay: Relay) {
  const [one, other] = [await fleet.clientOf(relay), await fleet.clientOf(relay)];
  const [from, to] = [await one.allocate(), await other.allocate()];
  await Promise.all([one.permit(to.relayed), other.permit(from.relayed)]);
  const again = () => say(one, other, to.relayed);
  await again();
  return { relay: relay.relay, again, end: () => Promise.all([one.refresh(0), other.refresh(0)]) };
}

/** Of all people together; each may ask 240 times an hour. */
const ROUNDS_ALLOWED = 400;
const PAUSE_MS = 50;

/** Asks for credentials again and again, and uses each at the relay that it is for. */
function watchCredentials() {
  const granted = new Set<string>();
  const refused: unknown[] = [];
  let rounds = 0;
  let ended = false;
  const wakes: (() => void)[] = [];

  const use = async (relay: Relay): Promise<void> => {
    const client = await fleet.clientOf(relay);
    try {
      const answer = await answerTo(client.allocate());
      if (answer === 'granted') granted.add(relay.relay);
      // Drained in the meantime; its client is told.
      else if (answer !== 403) refused.push([relay.relay, answer]);
      if (answer === 'granted') await client.refresh(0);
    } catch (error) {
      // It has drained and ended between the reply and the request.
      if (!(error instanceof NoAnswerError) || fleet.tasks.includes(relay.relay)) throw error;
    } finally {
      client.close();
    }
  };
  const watching = (async () => {
    for (; !ended; rounds++) {
      // They ask more often than anybody may who has calls to make.
      if (rounds % ROUNDS_ALLOWED === 0)
        for (const account of accounts) await fillRate(fleet.tables, 'relay', account, 0);
      const person = people[rounds % people.length];
      const reply = person && (await ask(person, newCall()));
      if (reply?.status !== 'ready') refused.push(reply?.status);
      await Promise.all((reply?.relays ?? []).map(use));
      for (const wake of wakes.splice(0)) wake();
      // Without a pause the system gives a port again whose allocation coturn has not forgotten yet (437).
      await after(PAUSE_MS);
    }
  })();
  return {
    /** Resolves when somebody has asked anew, and used it, after this was called: more than once, so that each relay has its turn. */
    async round(): Promise<void> {
      const enough = rounds + 3;
      while (rounds < enough) await Promise.race([new Promise<void>((resolve) => void wakes.push(resolve)), watching]);
    },
    async end() {
      ended = true;
      await watching;
      return { granted: [...granted], refused };
    },
  };
}
