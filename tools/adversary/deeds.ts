// What people do while they are lied to.

import type { Device } from '../../client/device/device.ts';
import { SessionStore } from '../../client/device/session-store.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { SignalProtocol } from '../../client/signal-protocol/index.ts';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import type { Adversary } from './adversary.ts';
import { AttackedClient, type Place } from './client.ts';
import type { Random } from './random.ts';
import type { Truth } from './truth.ts';
import { link, signUp, type World } from './world.ts';

export interface Deed {
  readonly name: string;
  readonly weight: number;
  readonly by: (world: World) => readonly AttackedClient[];
  readonly do: (device: Device, world: World, context: DeedContext) => Promise<unknown>;
}

export interface Context {
  readonly adversary: Adversary;
  readonly random: Random;
  readonly place: Place;
  readonly truth: Truth;
}

export interface DeedContext extends Context {
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

/** One of them, the likelier the more people do it. */
export function someDeed(random: Random): Deed {
  const pool = DEEDS.flatMap((deed) => Array.from({ length: deed.weight }, () => deed));
  return random.pick(pool);
}
