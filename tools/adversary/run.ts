// One attack after the other on the same people. A run is one thing that somebody does while the server lies.

import type { Device } from '../../client/device/device.ts';
import { SessionStore } from '../../client/device/session-store.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { SignalProtocol } from '../../client/signal-protocol/index.ts';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { Adversary } from './adversary.ts';
import {
  AttackedClient,
  type Outcome,
  type Place,
  platformThrough,
  TIMINGS_IN_PEACE,
  TIMINGS_UNDER_ATTACK,
} from './client.ts';
import { Ghost } from './ghost.ts';
import { startManInTheMiddle } from './man-in-the-middle.ts';
import { Random } from './random.ts';
import { type Entry, Report } from './report.ts';
import { Sorcerer } from './sorcerer.ts';
import { Truth } from './truth.ts';
import { HONEST_MS, link, signUp, World } from './world.ts';

export interface AttackOptions {
  /** Of the deployment. */
  readonly url: string;
  readonly runs: number;
  readonly seed: number;
}

/** After so many runs the server is honest for a while, and everybody has to be able to talk again. */
const PEACE_EVERY = 50;
/** Then there are new people: the server's honest limits (begun sessions, published lists) are for people, not for tests. */
const RUNS_OF_A_LIFE = 150;
/** Longer than a client waits for an answer. */
const PATIENCE_MS = 2_000;
/** A device that was refused or lost stays so for a while: then it is started again, as people do. */
const RESTART_CHANCE = 0.05;
/** People look at what they were told every now and then; until then much is blocked. */
const SETTLE_CHANCE = 0.15;

interface Deed {
  readonly name: string;
  readonly weight: number;
  readonly by: (world: World) => readonly AttackedClient[];
  readonly do: (device: Device, world: World, context: DeedContext) => Promise<unknown>;
}

interface Context {
  readonly adversary: Adversary;
  readonly random: Random;
  readonly place: Place;
  readonly truth: Truth;
}

interface DeedContext extends Context {
  readonly number: number;
}

const everybody = (world: World) => world.clients;
const holder = (world: World) => [world.alice];

const DEEDS: readonly Deed[] = [
  { name: 'write to the other', weight: 40, by: everybody, do: writeToTheOther },
  {
    name: 'write in a conversation',
    weight: 10,
    by: everybody,
    do: (device, world, { number, random }) => writeToTheOther(device, world, { number }, `c${random.below(3)}`),
  },
  {
    name: 'write to the own devices',
    weight: 6,
    by: (world) => [world.alice, world.second],
    do: (device, _, { number }) => device.send({ to: device.own.account, content: utf8(`note ${number}`), ttl: 60 }),
  },
  {
    name: 'ask for lists',
    weight: 14,
    by: everybody,
    do: async (device, world) => device.refresh(await otherOf(device, world)),
  },
  { name: 'ask for the own lists', weight: 6, by: everybody, do: (device) => device.refresh(device.own.account) },
  { name: 'read the mailbox', weight: 10, by: everybody, do: (device) => device.pull() },
  {
    name: 'publish a list',
    weight: 6,
    by: holder,
    do: (device, _, { random }) => device.keyHolder.setNewConversations(2, random.chance(0.5)),
  },
  { name: 'replace the account key', weight: 1, by: holder, do: (device) => device.keyHolder.rotate() },
  {
    name: 'choose devices',
    weight: 3,
    by: everybody,
    do: async (device, world, { random }) =>
      device.chooseDevices(`c${random.below(3)}`, await otherOf(device, world), [1, 2]),
  },
  { name: 'begin sessions anew', weight: 14, by: everybody, do: beginAnew },
  { name: 'make an account', weight: 2, by: everybody, do: makeAccount },
  { name: 'link a device and remove it', weight: 2, by: holder, do: linkAndRemove },
  {
    name: 'claim a call',
    weight: 3,
    by: everybody,
    do: (device, _, { random }) => device.transport.request('call.claim', { call: someCall(random) }),
  },
  {
    name: 'ask for a relay',
    weight: 3,
    by: everybody,
    do: (device, _, { random }) => device.transport.request('relay.credentials', { call: someCall(random) }),
  },
  { name: 'confirm the list', weight: 2, by: holder, do: (device) => device.keyHolder.onConnected() },
];

/** Attacks a deployment with accounts made for it, and says what came of it; never throws for what came of it. Nothing is left running. */
export async function attack({ url, seed, runs }: AttackOptions): Promise<Report> {
  const random = new Random(seed);
  const truth = new Truth();
  const sorcerer = new Sorcerer(await Ghost.make(), truth, random);
  const adversary = new Adversary(random, sorcerer);
  const middle = await startManInTheMiddle(url, adversary);
  const place: Place = { endpoint: url, platform: platformThrough(middle.url) };
  const report = new Report(seed);
  const goesOn = () => report.entries.length < runs;
  const ends: string[] = [];
  try {
    while (goesOn()) await oneLife({ adversary, random, place, truth }, report, goesOn);
  } catch (error) {
    // Whoever cannot talk to an honest server was broken by a lie: that is a finding, and what came before it belongs beside it.
    ends.push(`ended after run ${report.entries.length}: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await middle.close();
    await sorcerer.settled();
  }
  report.limited = adversary.limited;
  return report.end([...truth.violations, ...sorcerer.breaches, ...ends]);
}

/** From the making of the accounts until they are left alone. */
async function oneLife(context: Context, report: Report, goesOn: () => boolean): Promise<void> {
  const { adversary, place, truth, random } = context;
  adversary.intensity = 0;
  const world = await World.make(place, truth);
  try {
    world.restart(TIMINGS_UNDER_ATTACK);
    for (let run = 1; run <= RUNS_OF_A_LIFE && goesOn(); run++) {
      adversary.intensity = random.pick([0.1, 0.3, 0.6, 1]);
      adversary.victim = random.chance(0.3) ? await world.accountOf(random.pick(world.clients)) : null;
      report.add(await oneRun(world, { ...context, number: report.entries.length + 1 }));
      if (run % PEACE_EVERY === 0) await makePeace(world, adversary, run);
    }
    await makePeace(world, adversary, RUNS_OF_A_LIFE + 1);
  } finally {
    world.close();
  }
}

async function oneRun(world: World, context: DeedContext): Promise<Entry> {
  const { adversary, random, number } = context;
  const deed = weighted(random);
  const client = random.pick(deed.by(world));
  if (random.chance(RESTART_CHANCE)) client.close();
  if (random.chance(SETTLE_CHANCE)) await world.settle();
  const before = world.clients.map(({ notices }) => notices.length);
  const outcome: Outcome = await client.attempt((device) => deed.do(device, world, context), PATIENCE_MS);
  const notices = world.clients.flatMap((one, i) =>
    one.notices.slice(before[i]).map(({ kind }) => `${one.name}: ${kind}`),
  );
  return { number, deed: deed.name, by: client.name, lies: adversary.told.splice(0), outcome, notices };
}

/** The server is honest now; the people have seen what they were told. Whoever cannot talk then was broken by a lie. */
async function makePeace(world: World, adversary: Adversary, number: number): Promise<void> {
  adversary.intensity = 0;
  world.restart(TIMINGS_IN_PEACE);
  const accounts = [await world.accountOf(world.alice), await world.accountOf(world.bob)];
  for (const client of world.clients) {
    for (const account of accounts) await client.attempt((device) => device.refresh(account), HONEST_MS);
  }
  await world.settle();
  await world.talk(`peace ${number}`);
  world.restart(TIMINGS_UNDER_ATTACK);
}

async function writeToTheOther(
  device: Device,
  world: World,
  { number }: Pick<DeedContext, 'number'>,
  conversation?: string,
): Promise<void> {
  const to = await otherOf(device, world);
  const content = utf8(`message ${number}`);
  await device.send({ to, content, ttl: 3_600, ...(conversation !== undefined && { conversation }) });
}

/** A new session with every device of the other: the only time when the server's word on keys is asked for. */
async function beginAnew(device: Device, world: World, context: DeedContext): Promise<void> {
  const client = world.clients.find(({ current }) => current === device);
  const to = await otherOf(device, world);
  const { account, device: deviceId } = device.own;
  if (client) {
    const store = new SessionStore(client.store, Date.now);
    const engine = new SignalProtocol({ store, localAddress: { serviceId: account, deviceId } });
    const listed = (await device.accounts.get(to))?.pinned.content.devices ?? [];
    for (const { id } of listed) await engine.archiveSession({ serviceId: to, deviceId: id });
  }
  await writeToTheOther(device, world, context);
}

/** Few, so that devices of one account contend for the same. */
function someCall(random: Random): Uint8Array {
  return new Uint8Array(16).fill(random.below(6));
}

/** Somebody else, who is lied to from the first word on. */
async function makeAccount(_: Device, __: World, { place, truth, number }: DeedContext): Promise<void> {
  await signUp({ store: truth.watch(await openMemoryStore(), `newcomer ${number}`) }, place);
}

async function linkAndRemove(device: Device, _: World, { place, truth, number }: DeedContext): Promise<void> {
  const name = `device ${number}`;
  const guest = new AttackedClient(name, truth.watch(await openMemoryStore(), name), place);
  const holderClient = { device: async () => device };
  await link(holderClient, guest, place);
  const { device: id } = await requireOwn(guest.store);
  await device.keyHolder.remove([id]);
}

async function otherOf(device: Device, world: World): Promise<string> {
  const alice = await world.accountOf(world.alice);
  return device.own.account === alice ? world.accountOf(world.bob) : alice;
}

function weighted(random: Random): Deed {
  const pool = DEEDS.flatMap((deed) => Array.from({ length: deed.weight }, () => deed));
  return random.pick(pool);
}
