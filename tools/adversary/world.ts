// The people who are attacked: Alice with two devices, Bob with one, all acquainted while the server was honest.

import { AccountDraft } from '../../client/identity/create-account.ts';
import { acknowledgeAccountKey, goOnAfterAttack } from '../../client/identity/decisions.ts';
import { dismissNotice, readNotices } from '../../client/identity/notice.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { Joining } from '../../client/linking/joining.ts';
import { guestLinkServer } from '../../client/linking/link-room.ts';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import type { Connection } from '../../client/transport/connection.ts';
import { openGuest } from '../../client/transport/guest.ts';
import { ServerClock } from '../../client/transport/server-clock.ts';
import type { Timings } from '../../client/transport/timings.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { AttackedClient, type Place, TIMINGS_IN_PEACE } from './client.ts';
import type { Truth } from './truth.ts';

/** How long an honest exchange may take on a machine that is busy with other things: whether it happens is asked, not how fast. */
export const HONEST_MS = 180_000;
const STEP_MS = 20;
const AGAIN_MS = 4_000;

export class World {
  /** The key holder and the second device of one account, and somebody else. */
  readonly alice: AttackedClient;
  readonly second: AttackedClient;
  readonly bob: AttackedClient;

  private constructor(alice: AttackedClient, second: AttackedClient, bob: AttackedClient) {
    this.alice = alice;
    this.second = second;
    this.bob = bob;
  }

  static async make(place: Place, truth: Truth): Promise<World> {
    const client = async (name: string) => new AttackedClient(name, truth.watch(await openMemoryStore(), name), place);
    const [alice, second, bob] = [await client('alice'), await client('alice, second device'), await client('bob')];
    const world = new World(alice, second, bob);
    try {
      await world.#meet(place);
    } catch (error) {
      // Devices that nobody holds any more would go on connecting.
      world.close();
      throw error;
    }
    return world;
  }

  async #meet(place: Place): Promise<void> {
    for (const one of [this.alice, this.bob]) await signUp(one, place);
    await link(this.alice, this.second, place);
    const contact = await requireOwn(this.bob.store);
    for (const one of [this.alice, this.second]) await (await one.device()).addContact(contact);
    await this.talk('hello');
  }

  get clients(): readonly AttackedClient[] {
    return [this.alice, this.second, this.bob];
  }

  accountOf(client: AttackedClient): Promise<string> {
    return requireOwn(client.store).then(({ account }) => account);
  }

  /** Everybody writes, and the others hear it. @throws Error when they do not: an honest server has to be enough */
  async talk(text: string): Promise<void> {
    const [alice, bob] = [await this.accountOf(this.alice), await this.accountOf(this.bob)];
    await this.#say(this.alice, bob, `${text} from alice`, [this.bob]);
    await this.#say(this.second, bob, `${text} from her second device`, [this.bob]);
    await this.#say(this.bob, alice, `${text} from bob`, [this.alice, this.second]);
  }

  /** What a careful person does after an attack: looks, goes on with what is pinned, and acknowledges what is really so. */
  async settle(): Promise<void> {
    const accounts = [await this.accountOf(this.alice), await this.accountOf(this.bob)];
    for (const client of this.clients) {
      const device = await client.device();
      for (const account of accounts) {
        await goOnAfterAttack(device.accounts, account);
        const known = await device.accounts.get(account);
        if (known) await acknowledgeAccountKey(device.accounts, account, known.pinned.content.accountKey);
      }
      for (const notice of await readNotices(client.store)) await dismissNotice(client.store, notice);
    }
  }

  /** Everybody is gone; whoever is needed next comes back with this patience. */
  restart(timings: Timings): void {
    this.close();
    for (const client of this.clients) client.timings = timings;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  /** Said again and again until it is heard: the first words after a lie may be lost in a session that the lie has broken. */
  async #say(from: AttackedClient, to: string, text: string, hearers: readonly AttackedClient[]): Promise<void> {
    const deadline = Date.now() + HONEST_MS;
    const deaf = () => hearers.filter((hearer) => !hearer.texts.includes(text));
    while (deaf().length > 0) {
      const sent = await from.attempt((device) => device.send({ to, content: utf8(text), ttl: 3_600 }), HONEST_MS);
      if (sent !== 'ok') throw new Error(`${from.name} could not send to an honest server: ${sent}`);
      const again = Date.now() + AGAIN_MS;
      while (deaf().length > 0 && Date.now() < again) {
        for (const hearer of deaf()) await (await hearer.device()).pull().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
      if (deaf().length > 0 && Date.now() > deadline)
        throw new Error(`${deaf()[0]?.name} heard nothing of ${from.name} from an honest server`);
    }
  }
}

/** Makes an account for a client. */
export async function signUp(client: Pick<AttackedClient, 'store'>, place: Place): Promise<void> {
  const draft = await AccountDraft.make(Date.now());
  const guest = await guestAt(place);
  try {
    await draft.submit(client.store, guest);
  } finally {
    guest.close();
  }
}

/** Links a client to the holder's account, both people saying yes. */
export async function link(
  holder: Pick<AttackedClient, 'device'>,
  client: AttackedClient,
  place: Place,
): Promise<void> {
  const guest = await guestAt(place);
  try {
    const joining = await Joining.start({
      server: guestLinkServer(guest),
      platform: place.platform,
      name: client.name,
    });
    const linking = await (await holder.device()).link(joining.code);
    const confirmed = linking.confirm();
    // Whatever comes of one side is the outcome; the other side's is the same story.
    await Promise.all([confirmed, joining.proposal().then(() => joining.confirm(client.store))]);
  } finally {
    guest.close();
  }
}

function guestAt({ endpoint, platform }: Place): Promise<Connection> {
  return openGuest({ url: endpoint, platform, timings: TIMINGS_IN_PEACE, clock: new ServerClock(platform) });
}
