import { sha256 } from '@noble/hashes/sha2.js';
import { type Clock, systemClock } from '../../local/clock.ts';
import type { DevicePreKeys, SignedDeviceList } from '../../shared/protocol/account.ts';
import type { ReplyOf } from '../../shared/protocol/actions.ts';
import { EC_PREKEYS_PER_FRAME, KEM_PREKEYS_PER_FRAME } from '../../shared/protocol/limits.ts';
import { signGuestTicket } from '../../shared/trust/ticket.ts';
import { type Changes, seededBytes, TestAccount, testKemPreKey, testSignedPreKey } from './identities.ts';
import { TestClient } from './test-client.ts';

/** Somebody with an account on a running deployment. The keys are real; what is sent is bytes that nobody decrypts. */
export class Person {
  readonly url: string;
  readonly account: TestAccount;
  readonly token: Uint8Array;
  #tickets = 0;
  #messages = 0;

  readonly #clock: Pick<Clock, 'now'>;

  private constructor(url: string, seed: string, clock: Pick<Clock, 'now'>) {
    this.url = url;
    this.#clock = clock;
    this.account = new TestAccount(seed);
    this.token = seededBytes(`${seed}/token`, 16);
  }

  get id(): string {
    return this.account.account;
  }

  /** Creates the account as a guest and links `devices - 1` more, all offline. @param clock when it is not the real time */
  static async create(
    url: string,
    seed: string,
    devices = 1,
    clock: Pick<Clock, 'now'> = systemClock,
  ): Promise<Person> {
    const person = new Person(url, seed, clock);
    const guest = await TestClient.open(
      url,
      signGuestTicket(crypto.getRandomValues(new Uint8Array(32)), url, clock.now()),
    );
    await guest.request('account.create', {
      list: person.account.list,
      prekeys: person.preKeysOf(1),
      tokens: [sha256(person.token)],
    });
    await guest.close();
    if (devices > 1) {
      const first = await person.connect(1);
      for (let added = 1; added < devices; added++) await person.publish(first, { add: 1 });
      await first.close();
    }
    return person;
  }

  preKeysOf(device: number) {
    const keys = this.account.keys(device);
    return { device, signed: testSignedPreKey(keys), lastResort: testKemPreKey(keys, 2) };
  }

  /** A ticket that has not been used. @param now the device's clock */
  ticket(device: number, now = this.#clock.now()): string {
    return this.account.ticket(device, this.url, now, ++this.#tickets);
  }

  connect(device: number): Promise<TestClient> {
    return TestClient.open(this.url, this.ticket(device));
  }

  /** Publishes the next list through one of the person's connections. */
  publish(client: TestClient, changes: Changes): Promise<ReplyOf<'account.publish'>> {
    return client.request('account.publish', this.nextList(changes));
  }

  /** Makes the next list; the fields of the request that publishes it, which may be repeated. */
  nextList(changes: Changes): { list: SignedDeviceList; prekeys: DevicePreKeys[] } {
    const before = new Set(this.account.content.devices.map(({ id }) => id));
    const list = this.account.publish({ ...changes, later: this.#clock.now() - this.account.content.time });
    const added = this.account.content.devices.filter(({ id }) => !before.has(id));
    return { list, prekeys: added.map(({ id }) => this.preKeysOf(id)) };
  }

  /** One page of each kind of one-time prekeys. */
  async publishPreKeys(client: TestClient, device: number, page: number, ec: number, kem: number): Promise<void> {
    const keys = this.account.keys(device);
    for (let from = 0; from < ec; from += EC_PREKEYS_PER_FRAME) {
      const ids = range(from, Math.min(ec, from + EC_PREKEYS_PER_FRAME));
      const part = {
        page,
        from,
        keys: ids.map((i) => ({ id: 1_000 + i, key: testSignedPreKey(keys, 1_000 + i).key })),
      };
      await client.request('prekeys.publish', {
        ec: from + EC_PREKEYS_PER_FRAME >= ec ? { ...part, count: ec } : part,
      });
    }
    for (let from = 0; from < kem; from += KEM_PREKEYS_PER_FRAME) {
      const ids = range(from, Math.min(kem, from + KEM_PREKEYS_PER_FRAME));
      const part = { page, from, keys: ids.map((i) => testKemPreKey(keys, 1_000 + i)) };
      await client.request('prekeys.publish', {
        kem: from + KEM_PREKEYS_PER_FRAME >= kem ? { ...part, count: kem } : part,
      });
    }
  }

  /** The fields of a `message.send` to every device of somebody, with `bytes` of ciphertext for each. */
  messageTo(other: Person, { bytes = 300, ttl = 3_600, message = this.newMessageId() } = {}) {
    const { sequence, devices } = other.account.content;
    return {
      message,
      to: other.id,
      ...(other === this ? {} : { token: other.token }),
      list: sequence,
      commitment: seededBytes(message),
      ttl,
      urgent: false,
      devices: devices.map(({ id, registration }) => ({
        device: id,
        registration,
        type: 2 as const,
        ciphertext: seededBytes(`${message}/${id}`, bytes),
      })),
    };
  }

  /** RFC 9562, version 7; unique and in order for one person. */
  newMessageId(now = this.#clock.now()): string {
    const time = now.toString(16).padStart(12, '0');
    const count = (++this.#messages).toString(16).padStart(12, '0');
    const who = this.id.slice(0, 3);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${who}-8000-${count}`;
  }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
