// People with the whole client, all in one page of a browser. Runs in that browser.

import { browserMedia, browserPlatform } from '../../client/browser.ts';
import { createAccount, joinAccount, openMemoryStore, type ShownCall, Sotto } from '../../client/index.ts';

const people = new Map<string, Sotto>();

/** A person with as many devices, the first by their name, the others by it and a number: `bob`, `bob 2`. */
export async function signUp(name: string, endpoint: string, devices = 1): Promise<void> {
  const options = async () => ({ endpoint, store: await openMemoryStore(), platform: browserPlatform });
  const first = await options();
  await createAccount(first);
  people.set(name, await open(first));
  for (let device = 2; device <= devices; device++) {
    const own = await options();
    const linked = Promise.withResolvers<void>();
    const showCode = (code: string) =>
      void person(name)
        .linkDevice(code)
        .then((linking) => linking.confirm())
        .then(() => linked.resolve(), linked.reject);
    await Promise.all([linked.promise, joinAccount(own, { name: 'another', showCode, agree: async () => true })]);
    people.set(`${name} ${device}`, await open(own));
  }
}

function open(options: Parameters<typeof createAccount>[0]): Promise<Sotto> {
  return Sotto.open({ ...options, calls: { media: browserMedia() } });
}

export function person(name: string): Sotto {
  const found = people.get(name);
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
}

/** All devices of somebody. */
export const devicesOf = (name: string): Sotto[] =>
  [...people].filter(([key]) => key === name || key.startsWith(`${name} `)).map(([, client]) => client);

/** Both have written to each other, and every device has read it. */
export async function acquaint(one: string, other: string): Promise<void> {
  const [alice, bob] = [person(one), person(other)];
  await alice.addContact(bob.contactLink);
  await alice.conversations.send(bob.account, 'hello');
  await Promise.all(devicesOf(other).map((device) => shows(device, alice.account, 1)));
  await bob.addContact(alice.contactLink);
  await bob.conversations.send(alice.account, 'hello yourself');
  const devices = [...devicesOf(one), ...devicesOf(other)];
  await Promise.all(
    devices.map((device) => shows(device, device.account === bob.account ? alice.account : bob.account, 2)),
  );
}

async function shows({ conversations }: Sotto, peer: string, count: number): Promise<void> {
  const shown = Promise.withResolvers<void>();
  const look = async () => {
    if ((await conversations.messages(peer)).length >= count) shown.resolve();
  };
  const stop = conversations.onChange(look);
  await look();
  await shown.promise;
  stop();
}

/** Resolves with the next state of a device's call that fits, from the present one on. */
export function until({ calls }: Sotto, fits: (call: ShownCall) => boolean): Promise<ShownCall> {
  const found = Promise.withResolvers<ShownCall>();
  const look = (call: ShownCall) => {
    if (fits(call)) found.resolve(call);
  };
  const stop = calls.onChange(look);
  for (const call of calls.list()) look(call);
  return found.promise.finally(stop);
}
