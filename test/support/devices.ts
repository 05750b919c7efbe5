import { Device } from '../../client/device/device.ts';
import type { Received } from '../../client/device/receiving.ts';
import { AccountDraft } from '../../client/identity/create-account.ts';
import type { Notice } from '../../client/identity/notice.ts';
import { Joining } from '../../client/linking/joining.ts';
import { guestLinkServer } from '../../client/linking/link-room.ts';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import type { RecordStore } from '../../client/storage/record-store.ts';
import { openGuest } from '../../client/transport/guest.ts';
import { nodePlatform } from '../../client/transport/node-platform.ts';
import type { Platform } from '../../client/transport/platform.ts';
import { ServerClock } from '../../client/transport/server-clock.ts';
import { TIMINGS, type Timings } from '../../client/transport/timings.ts';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';

export interface RunningDeviceOptions {
  /** The deployment; tickets are signed for it. */
  readonly url: string;
  readonly store: RecordStore;
  readonly platform?: Platform;
  readonly timings?: Timings;
}

/** A real client device: the SDK's own parts over a real socket, with what it has received and told. */
export class RunningDevice {
  readonly device: Device;
  readonly store: RecordStore;
  readonly received: Received[] = [];
  readonly discarded: string[] = [];
  readonly notices: Notice[] = [];
  readonly failures: unknown[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(store: RecordStore, open: (own: RunningDevice) => Device) {
    this.store = store;
    this.device = open(this);
  }

  static async open({
    url,
    store,
    platform = nodePlatform,
    timings = TIMINGS,
  }: RunningDeviceOptions): Promise<RunningDevice> {
    const arrived: { device?: RunningDevice } = {};
    const device = await Device.open({
      endpoint: url,
      store,
      platform,
      timings,
      handlers: {
        onMessage: (received) => arrived.device?.add('received', received),
        onDiscarded: (_, reason) => arrived.device?.add('discarded', reason),
      },
      onFailure: (error) => arrived.device?.add('failures', error),
    });
    const running = new RunningDevice(store, () => device);
    arrived.device = running;
    device.accounts.onNotice((notice) => running.add('notices', notice));
    return running;
  }

  get account(): string {
    return this.device.own.account;
  }

  get contact() {
    const { account, commitment, token } = this.device.own;
    return { account, commitment, token };
  }

  /** Texts of the content received so far. */
  get texts(): string[] {
    return this.received.map(({ content }) => fromUtf8(content) ?? '');
  }

  say(to: RunningDevice, text: string, conversation?: string) {
    const content = utf8(text);
    return this.device.send({
      to: to.account,
      content,
      ttl: 3_600,
      ...(conversation !== undefined && { conversation }),
    });
  }

  /** Resolves when the condition holds; it is looked at whenever something has arrived. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  async hears(text: string): Promise<void> {
    await this.until(() => this.texts.includes(text));
  }

  async isTold(kind: Notice['kind']): Promise<Notice> {
    await this.until(() => this.notices.some((notice) => notice.kind === kind));
    const notice = this.notices.find((one) => one.kind === kind);
    if (!notice) throw new Error('told a moment ago');
    return notice;
  }

  close(): void {
    this.device.close();
  }

  private add(list: 'received' | 'discarded' | 'notices' | 'failures', value: unknown): void {
    (this[list] as unknown[]).push(value);
    for (const wake of [...this.#waiting]) wake();
  }
}

/** A connection as a guest. */
export function guestOf(url: string, platform: Platform = nodePlatform, timings: Timings = TIMINGS) {
  return openGuest({ url, platform, timings, clock: new ServerClock(platform) });
}

/** Creates an account with one device in memory, and connects it. */
export async function signUpDevice(
  url: string,
  options: Partial<RunningDeviceOptions> = {},
): Promise<RunningDevice & { readonly phrase: string }> {
  const { platform = nodePlatform } = options;
  const store = options.store ?? (await openMemoryStore());
  const draft = await AccountDraft.make(platform.now());
  const guest = await guestOf(url, platform, options.timings);
  await draft.submit(store, guest);
  guest.close();
  const running = await RunningDevice.open({ url, store, ...options });
  return Object.assign(running, { phrase: draft.phrase });
}

/** Two people who know each other's links. */
export async function acquainted(url: string): Promise<[RunningDevice, RunningDevice]> {
  const [alice, bob] = await Promise.all([signUpDevice(url), signUpDevice(url)]);
  await alice.device.addContact(bob.contact);
  return [alice, bob];
}

/** Links one more device, both people saying yes, and connects it. */
export async function linkDevice(
  url: string,
  holder: RunningDevice,
  options: Partial<RunningDeviceOptions> = {},
): Promise<RunningDevice> {
  const { platform = nodePlatform } = options;
  const store = options.store ?? (await openMemoryStore());
  const guest = await guestOf(url, platform, options.timings);
  const joining = await Joining.start({ server: guestLinkServer(guest), platform, name: 'another device' });
  const linking = await holder.device.link(joining.code);
  const confirmed = linking.confirm();
  await joining.proposal();
  await Promise.all([confirmed, joining.confirm(store)]);
  guest.close();
  return RunningDevice.open({ url, ...options, store });
}
