import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodePreKeyMessage } from '../../../client/signal-protocol/wire/prekey-message.ts';
import { decodeSignalMessage } from '../../../client/signal-protocol/wire/signal-message.ts';
import { nodePlatform } from '../../../client/transport/node-platform.ts';
import type { Platform } from '../../../client/transport/platform.ts';
import { CrashingStore } from '../../support/crashing-store.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';

/** More operations than sending or receiving takes. */
const MANY = 400;

let cloud: Sotto;
let alice: User;
let bob: User;
beforeAll(async () => {
  cloud = await startSotto();
});
afterAll(() => cloud.close());

beforeEach(async () => {
  [alice, bob] = await Promise.all([User.signUp(cloud.url), User.signUp(cloud.url)]);
  await alice.client.addContact(bob.client.contactLink);
  await alice.client.conversations.send(bob.account, 'first');
  await bob.shows(alice.account, ['first']);
  await bob.client.conversations.accept(alice.account);
});

/** What every ciphertext that leaves was encrypted with: message keys are named by the ratchet key and a number. */
class KeyWatch {
  readonly uses = new Map<string, Set<string>>();
  readonly platform: Platform = {
    ...nodePlatform,
    openSocket: (url, protocols, handlers) => {
      const socket = nodePlatform.openSocket(url, protocols, handlers);
      return { ...socket, send: (text) => this.#look(text) ?? socket.send(text) };
    },
  };

  #look(text: string): undefined {
    const frame = JSON.parse(text);
    if (frame.action !== 'message.send') return;
    for (const { device, type, ciphertext } of frame.devices) {
      const bytes = new Uint8Array(Buffer.from(ciphertext, 'base64url'));
      const message = decodeSignalMessage(type === 3 ? decodePreKeyMessage(bytes).message : bytes);
      const key = `${frame.to}/${device}/${Buffer.from(message.ratchetKey).toString('hex')}/${message.counter}`;
      this.uses.set(key, (this.uses.get(key) ?? new Set()).add(ciphertext));
    }
  }
}

/** Starts the program again over a store that can end it. */
async function rearm(user: User): Promise<CrashingStore> {
  const made: CrashingStore[] = [];
  user.wrap = (inner) => {
    const store = new CrashingStore(inner);
    made.push(store);
    return store;
  };
  user.stop();
  await user.start();
  user.wrap = (inner) => inner;
  const [store] = made;
  if (!store) throw new Error('no store was opened');
  return store;
}

async function isOnline(user: User): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = user.client.onState(({ kind }) => kind === 'online' && resolve());
  if (user.client.state.kind === 'online') resolve();
  await promise.finally(stop);
}

/** Ends the user's program at every operation of its store, one after the other, while something is done. */
async function endAtEveryPoint(user: User, work: (at: number) => Promise<void>): Promise<number> {
  for (let at = 0; at < MANY; at++) {
    const store = await rearm(user);
    await isOnline(user);
    store.arm(at);
    await Promise.race([work(at), store.ended]).catch(() => {});
    if (!store.spare()) return at;
    user.stop();
    await user.start();
    await work(at);
  }
  throw new Error('it never ends');
}

describe('a program on a real connection that ends at any point', () => {
  it('between encrypting and sending: nothing is lost, nothing comes twice, no message key is used twice', {
    timeout: 600_000,
  }, async () => {
    const watch = new KeyWatch();
    alice.platform = watch.platform;
    const points = await endAtEveryPoint(alice, async (at) => {
      const text = `message ${at}`;
      if (!(await alice.texts(bob.account)).includes(text)) await alice.client.conversations.send(bob.account, text);
      await bob.until(alice.account, (texts) => texts.includes(text));
      await alice.until(bob.account, (texts) => texts.includes(text));
    });
    const texts = ['first', ...Array.from({ length: points + 1 }, (_, at) => `message ${at}`)];
    await bob.shows(alice.account, texts);
    expect(await alice.texts(bob.account)).toEqual(texts);
    expect(watch.uses.size).toBeGreaterThan(points);
    expect([...watch.uses.values()].filter((ciphertexts) => ciphertexts.size > 1)).toEqual([]);
    expect(points).toBeGreaterThan(20);
    for (const user of [alice, bob]) user.stop();
  });

  it('between receiving and acknowledging: nothing is lost, nothing is shown twice', { timeout: 600_000 }, async () => {
    let sent = -1;
    const points = await endAtEveryPoint(bob, async (at) => {
      if (sent < at) await alice.client.conversations.send(bob.account, `message ${at}`);
      sent = at;
      await bob.until(alice.account, (texts) => texts.includes(`message ${at}`));
    });
    const texts = ['first', ...Array.from({ length: points + 1 }, (_, at) => `message ${at}`)];
    await bob.shows(alice.account, texts);
    expect((await bob.client.conversations.get(alice.account))?.unread).toBe(Math.min(100, texts.length));
    expect(points).toBeGreaterThan(20);
    for (const user of [alice, bob]) user.stop();
  });
});
