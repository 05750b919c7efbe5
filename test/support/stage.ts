import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { PinnedAccount } from '../../shared/trust/pinned-account.ts';
import { platformThrough } from '../../tools/adversary/client.ts';
import { linkDevice, RunningDevice, signUpDevice } from './devices.ts';
import { ScriptedServer } from './scripted-server.ts';
import { type Sotto, startSotto } from './sotto.ts';

/** A real deployment for the tests of a file, and for each test a server with a script in front of it and people who connect through that. */
export class Stage {
  #sotto: Sotto | undefined;
  #server: ScriptedServer | undefined;
  readonly #running: RunningDevice[] = [];

  /** Registers what has to happen before and after tests. */
  static set(): Stage {
    const stage = new Stage();
    beforeAll(async () => {
      stage.#sotto = await startSotto();
    });
    afterAll(() => stage.#sotto?.close());
    beforeEach(async () => {
      stage.#server = await ScriptedServer.start(stage.url);
    });
    afterEach(async () => {
      for (const device of stage.#running.splice(0)) device.close();
      await stage.#server?.close();
    });
    return stage;
  }

  /** Of the deployment itself. */
  get url(): string {
    return this.#sotto?.url ?? '';
  }

  get server(): ScriptedServer {
    if (!this.#server) throw new Error('before the first test');
    return this.#server;
  }

  async person(): Promise<RunningDevice> {
    return this.#watched(await signUpDevice(this.url, { platform: platformThrough(this.server.url) }));
  }

  async secondOf(holder: RunningDevice): Promise<RunningDevice> {
    return this.#watched(await linkDevice(this.url, holder, { platform: platformThrough(this.server.url) }));
  }

  /** Two people who have heard of each other. */
  async friends(): Promise<[RunningDevice, RunningDevice]> {
    const [alice, bob] = [await this.person(), await this.person()];
    await alice.device.addContact(bob.contact);
    await alice.say(bob, 'hello');
    await bob.hears('hello');
    return [alice, bob];
  }

  /** The same device, later by a clock that is ahead by so many milliseconds. */
  async later(device: RunningDevice, milliseconds: number): Promise<RunningDevice> {
    device.close();
    const platform = { ...platformThrough(this.server.url), now: () => Date.now() + milliseconds };
    return this.#watched(await RunningDevice.open({ url: this.url, store: device.store, platform }));
  }

  #watched<Device extends RunningDevice>(device: Device): Device {
    this.#running.push(device);
    return device;
  }
}

/** What a device holds of an account. */
export async function pinnedOf({ device }: RunningDevice, account: string): Promise<PinnedAccount> {
  const known = await device.accounts.get(account);
  if (!known) throw new Error('not known');
  return known.pinned;
}
