import type { Clock } from '../../../local/clock.ts';
import type { DeploymentTables, TableItem } from '../../support/deployment-tables.ts';
import { messageId } from '../../support/people.ts';
import { Person } from '../../support/person.ts';
import type { Command, Who } from './commands.ts';
import { DeliveryModel } from './delivery-model.ts';
import { DeviceClient } from './device-client.ts';

export interface HistoryWorld {
  readonly url: string;
  readonly tables: DeploymentTables;
  readonly clock: Clock & { advance(milliseconds: number): void };
  /** From now on nothing goes wrong any more. */
  stopFaults(): void;
}

/** Three devices of two people, and what they do to each other in one history. */
export class History {
  readonly model = new DeliveryModel();
  /** Items that were still lying in a table although their time was over. */
  expiredAndKept = 0;
  readonly #world: HistoryWorld;
  readonly #alice: Person;
  readonly #bob: Person;
  readonly #devices: readonly [DeviceClient, DeviceClient, DeviceClient];
  #messages = 0;
  #publishing: Promise<unknown> = Promise.resolve();

  private constructor(world: HistoryWorld, alice: Person, bob: Person, skews: readonly number[]) {
    this.#world = world;
    this.#alice = alice;
    this.#bob = bob;
    const device = (person: Person, id: number, i: Who) => new DeviceClient(person, id, world.clock, skews[i] ?? 0);
    this.#devices = [device(alice, 1, 0), device(bob, 1, 1), device(bob, 2, 2)];
  }

  /** @param label names its people: no two histories of one deployment share any */
  static async begin(world: HistoryWorld, label: string, skews: readonly number[]): Promise<History> {
    const alice = await Person.create(world.url, `alice of ${label}`, 1, world.clock);
    const bob = await Person.create(world.url, `bob of ${label}`, 2, world.clock);
    return new History(world, alice, bob, skews);
  }

  async run(rounds: readonly (readonly Command[])[]): Promise<void> {
    for (const round of rounds) {
      await Promise.all(round.map((command) => this.#do(command)));
      for (const device of this.#devices) this.#see(device);
    }
  }

  /** Lets everything come to rest, and holds what is there against what must be. */
  async end(): Promise<readonly string[]> {
    this.#world.stopFaults();
    const { clock, tables } = this.#world;
    for (const device of this.#devices) {
      await device.connect();
      const waiting = await this.#pull(device);
      this.#see(device);
      this.model.atRest(device.installation, waiting, clock.now());
    }
    for (const item of await tables.scan('Mailbox')) {
      if (this.#isOurs(item)) {
        this.model.kept(item.device?.S ?? '', messageOf(item), item.ciphertext?.B);
      }
    }
    for (const device of this.#devices) await device.close();
    return this.model.broken;
  }

  async #do(command: Command): Promise<void> {
    if (command.kind === 'wait') return this.#wait(command.seconds);
    if (command.kind === 'replace') return this.#replace();
    const device = this.#devices[command.who];
    switch (command.kind) {
      case 'send':
        return this.#send(device, command);
      case 'pull':
        return void (await this.#pull(device));
      case 'ack':
        return this.#ack(device, command.all);
      case 'connect':
        await device.connect();
        return void (await this.#pull(device));
      case 'cut':
        return device.cut();
    }
  }

  async #send(device: DeviceClient, { to, ttl, times }: Extract<Command, { kind: 'send' }>): Promise<void> {
    const { clock, tables } = this.#world;
    const person = device.person;
    for (let i = 0; i < times; i++) {
      const message = messageId(`${person.id}/${this.#messages++}`, device.now());
      const whole = person.messageTo(to === 'alice' ? this.#alice : this.#bob, { message, ttl });
      const others = whole.devices.filter((one) => !(person.id === whole.to && one.device === device.device));
      if (others.length === 0) continue;
      const send = { ...whole, devices: others };
      this.model.attempted(send, person.id, device.device, clock.now());
      const reply = await device.ask('message.send', send);
      for (const { device: id, status, stamp } of reply?.devices ?? []) {
        const registration = others.find((one) => one.device === id)?.registration;
        if (status !== 'stored' || !stamp) continue;
        const installation = `${send.to}#${id}#${registration}`;
        const position = `${message}#${person.id}#${device.device}`;
        const stored = await tables.has('Mailbox', { device: { S: installation }, message: { S: position } });
        this.model.accepted(installation, message, stamp.time, stored, clock.now());
      }
    }
  }

  /** All of a device's mail, page by page. */
  async #pull(device: DeviceClient): Promise<Set<string>> {
    const found = new Set<string>();
    const { installation } = device;
    for (let after: string | undefined; ; ) {
      const since = this.#world.clock.now();
      const page = await device.ask('message.pull', after === undefined ? {} : { after });
      // Replaced meanwhile: then the answer was another installation's.
      if (!page || device.installation !== installation) return found;
      for (const envelope of page.messages) {
        this.model.delivered(installation, envelope, since);
        found.add(envelope.message);
      }
      if (page.next === undefined) return found;
      after = page.next;
    }
  }

  async #ack(device: DeviceClient, all: boolean): Promise<void> {
    const { installation } = device;
    const since = this.#world.clock.now();
    const page = await device.ask('message.pull', {});
    if (!page || device.installation !== installation) return;
    for (const envelope of page.messages) this.model.delivered(installation, envelope, since);
    const chosen = page.messages.filter((_, i) => all || i % 2 === 0);
    if (chosen.length === 0) return;
    for (const { message } of chosen) this.model.acknowledged(installation, message);
    const messages = chosen.map(({ message, sender, senderDevice }) => ({ message, sender, senderDevice }));
    await device.ask('message.ack', { messages });
  }

  /** What was pushed to a device. */
  #see(device: DeviceClient): void {
    for (const { installation, event } of device.takeEvents()) {
      if (event.event === 'message') this.model.delivered(installation, event, undefined);
    }
  }

  async #wait(seconds: number): Promise<void> {
    this.#world.clock.advance(seconds * 1_000);
    const now = this.#world.clock.now() / 1_000;
    const items = await this.#world.tables.scan('Mailbox');
    this.expiredAndKept += items.filter((item) => this.#isOurs(item) && Number(item.expires?.N) <= now).length;
  }

  /** One publication after the other: what two at once do is tested elsewhere. */
  #replace(): Promise<void> {
    const replaced = this.#publishing.then(async () => {
      const [, phone, second] = this.#devices;
      const leaving = `${this.#bob.id}#2#${this.#bob.account.device(2).registration}`;
      this.model.leaving(leaving);
      await this.#publish(phone, { remove: [2] });
      this.model.removed(leaving);
      second.cut();
      await this.#publish(phone, { add: 1 });
    });
    this.#publishing = replaced;
    return replaced;
  }

  async #publish(
    phone: DeviceClient,
    changes: { readonly add?: number; readonly remove?: readonly number[] },
  ): Promise<void> {
    const request = this.#bob.nextList(changes);
    for (let made = 0; made < 5; made++) if (await phone.ask('account.publish', request)) return;
    this.model.broken.push(`a list could not be published: ${phone.lastFailure}`);
  }

  #isOurs(item: TableItem): boolean {
    const account = item.device?.S?.split('#')[0];
    return account === this.#alice.id || account === this.#bob.id;
  }
}

const messageOf = (item: TableItem) => item.message?.S?.split('#')[0] ?? '';
