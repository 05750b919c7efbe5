// Attacks on running clients, each by its name: real devices, a real server, and between them somebody with a script.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { encodeBody } from '../../client/device/message-body.ts';
import { newMessageId } from '../../client/device/message-id.ts';
import { SessionStore } from '../../client/device/session-store.ts';
import { deviceEntry, newDeviceKeys } from '../../client/identity/device-keys.ts';
import { withDevice } from '../../client/identity/next-list.ts';
import { readNotices } from '../../client/identity/notice.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { SignalProtocol } from '../../client/signal-protocol/index.ts';
import { signedDeviceList } from '../../shared/protocol/account.ts';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { preKeyBundle } from '../../shared/protocol/prekeys.ts';
import { frankingCommitment } from '../../shared/trust/franking.ts';
import { deviceListHash, signDeviceList } from '../../shared/trust/signed-device-list.ts';
import { platformThrough } from '../../tools/adversary/client.ts';
import { Ghost } from '../../tools/adversary/ghost.ts';
import type { Frame } from '../../tools/adversary/man-in-the-middle.ts';
import { Random } from '../../tools/adversary/random.ts';
import { linkDevice, RunningDevice, signUpDevice } from '../support/devices.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

let sotto: Sotto;
let server: ScriptedServer;
const running: RunningDevice[] = [];

beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());
beforeEach(async () => {
  server = await ScriptedServer.start(sotto.url);
});
afterEach(async () => {
  for (const device of running.splice(0)) device.close();
  await server.close();
});

async function person(): Promise<RunningDevice> {
  const device = await signUpDevice(sotto.url, { platform: platformThrough(server.url) });
  running.push(device);
  return device;
}

async function secondOf(holder: RunningDevice): Promise<RunningDevice> {
  const device = await linkDevice(sotto.url, holder, { platform: platformThrough(server.url) });
  running.push(device);
  return device;
}

/** Alice and Bob have heard of each other. */
async function friends(): Promise<[RunningDevice, RunningDevice]> {
  const [alice, bob] = [await person(), await person()];
  await alice.device.addContact(bob.contact);
  await alice.say(bob, 'hello');
  await bob.hears('hello');
  return [alice, bob];
}

const pinnedOf = async (device: RunningDevice, account: string) => {
  const known = await device.device.accounts.get(account);
  if (!known) throw new Error('not known');
  return known.pinned;
};

/** Lists of an account, as they were before something happened. */
const hiding =
  (account: string) =>
  (frame: Frame, { action, account: asker }: { action: string | undefined; account: string | undefined }) => {
    const concerns = asker !== undefined && asker !== account;
    if (!concerns || (action !== 'account.lists' && action !== 'message.send')) return frame;
    const { lists: _, ...rest } = frame;
    return action === 'account.lists' ? { ...rest, lists: [], more: false, sequence: 1 } : { ...rest, sequence: 1 };
  };

const envelope = (
  sender: string,
  senderDevice: number,
  type: number,
  ciphertext: Uint8Array,
  commitment: Uint8Array,
): Frame => ({
  event: 'message',
  message: newMessageId(Date.now()),
  sender,
  senderDevice,
  type,
  ciphertext: base64UrlEncode(ciphertext),
  commitment: base64UrlEncode(commitment),
  stamp: { week: 1, time: 1, tag: base64UrlEncode(new Uint8Array(32)) },
  urgent: false,
  expires: Date.now() + 60_000,
  stored: false,
});

describe('a ghost', () => {
  it('in a list that the server hands out is refused, told, and never written to', async () => {
    const [alice, bob] = await friends();
    const ghost = await Ghost.make();
    const random = new Random(1);
    server.script = (frame, { action }) => {
      if (action !== 'account.lists' || !Array.isArray(frame.lists)) return frame;
      const [list] = frame.lists.length > 0 ? frame.lists : [];
      if (!list) return frame;
      const forged = ghost.listLike(z.decode(signedDeviceList, list as never), random);
      return { ...frame, lists: [z.encode(signedDeviceList, forged)] };
    };
    await alice.device.keyHolder.setNewConversations(1, false).catch(() => {});
    for (let i = 0; i < 12; i++) await bob.device.refresh(alice.account);
    const devices = (await pinnedOf(bob, alice.account)).content.devices.map(({ identityKey }) => identityKey);
    expect(devices).toEqual([(await requireOwn(alice.store)).identityKey]);
    expect(await bob.isTold('refused')).toMatchObject({ account: alice.account });
  });

  it('in the keys of a device begins no session, and nothing is encrypted', async () => {
    const [alice, bob] = [await person(), await person()];
    await alice.device.addContact(bob.contact);
    const ghost = await Ghost.make();
    server.script = (frame, { action }) => {
      if (action !== 'prekeys.fetch' || !Array.isArray(frame.bundles)) return frame;
      const bundles = frame.bundles.map((bundle) =>
        z.encode(preKeyBundle, ghost.bundleLike(z.decode(preKeyBundle, bundle as never))),
      );
      return { ...frame, bundles: bundles.map(({ ec: _, ...rest }) => rest) };
    };
    await expect(alice.say(bob, 'to the ghost')).rejects.toMatchObject({ code: 'no-keys' });
    expect(server.requests.some(({ action }) => action === 'message.send')).toBe(false);
  });

  it.each([
    ['speaks as a device of the user', 1],
    ['speaks as a device that is in no list', 2],
  ])('that %s is never shown, and told', async (_, device) => {
    const [alice, bob] = await friends();
    const { identityKey, registration } = await requireOwn(bob.store);
    const own = (await pinnedOf(bob, bob.account)).content.devices[0];
    expect(own?.registration).toBe(registration);
    const to = { serviceId: bob.account, deviceId: 1 };
    const bundle = server.requests.find(({ action, list }) => action === 'account.create' && list !== undefined);
    expect(bundle).toBeDefined();
    const published = server.requests.filter(({ action }) => action === 'account.create').at(-1)?.prekeys as never;
    const { signed, lastResort } = published as { signed: Key; lastResort: Key };
    const part = ({ id, key, signature }: Key) => ({ id, publicKey: bytesOf(key), signature: bytesOf(signature) });
    const message = await (await Ghost.make()).messageAs({ serviceId: alice.account, deviceId: device }, to, {
      registrationId: registration,
      identityKey,
      signedPreKey: part(signed),
      kyberPreKey: part(lastResort),
      preKey: undefined,
    });
    server.tell(bob.account, 1, envelope(alice.account, device, 3, message.ciphertext, message.commitment));
    expect(await bob.isTold('impostor')).toMatchObject({ account: alice.account, device });
    await alice.say(bob, 'after the ghost');
    await bob.hears('after the ghost');
    expect(bob.texts).toEqual(['hello', 'after the ghost']);
  });

  it('in a call meets the same choke point: what is urgent and never stored is encrypted like the rest', async () => {
    const [alice, bob] = [await person(), await person()];
    await alice.device.addContact(bob.contact);
    const ghost = await Ghost.make();
    server.script = (frame, { action }) => {
      if (action !== 'prekeys.fetch' || !Array.isArray(frame.bundles)) return frame;
      const bundles = frame.bundles.map((bundle) =>
        z.encode(preKeyBundle, ghost.bundleLike(z.decode(preKeyBundle, bundle as never))),
      );
      return { ...frame, bundles: bundles.map(({ ec: _, ...rest }) => rest) };
    };
    const offer = alice.device.send({ to: bob.account, content: utf8('offer'), ttl: 0, urgent: true });
    await expect(offer).rejects.toMatchObject({ code: 'no-keys' });
  });
});

interface Key {
  readonly id: number;
  readonly key: string;
  readonly signature: string;
}
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

describe('a withheld list', () => {
  it('is betrayed by the next message, and nothing is encrypted until it is handed out', async () => {
    const [alice, bob] = await friends();
    server.script = hiding(alice.account);
    await alice.device.keyHolder.setNewConversations(1, false);
    await alice.say(bob, 'from the new list');
    expect(await bob.isTold('withheld')).toMatchObject({ account: alice.account, sequence: 2 });
    await bob.hears('from the new list');
    await expect(bob.say(alice, 'to an old list')).rejects.toMatchObject({ code: 'blocked', blocks: ['withheld'] });
    server.script = (frame) => frame;
    await bob.device.refresh(alice.account);
    await bob.say(alice, 'to the new list');
    await alice.hears('to the new list');
  });

  it('of one’s own account is betrayed by one’s other device', async () => {
    const alice = await person();
    const second = await secondOf(alice);
    await second.device.refresh(alice.account);
    server.script = (frame, { action, device }) =>
      action === 'account.lists' && device === 2 ? { ...frame, lists: [], more: false, sequence: 2 } : frame;
    await alice.device.keyHolder.setNewConversations(2, false);
    await alice.say(second, 'to my other device');
    expect(await second.isTold('withheld')).toMatchObject({ account: alice.account, sequence: 3 });
  });
});

describe('a split view', () => {
  it('with a device shown to one viewer only is told on all devices of the account', async () => {
    const [alice, bob] = await friends();
    const second = await secondOf(alice);
    await bob.device.refresh(alice.account);
    // The worst case: the account key is stolen, and the list is genuine. Only Bob is shown it.
    const { accountSecret } = await requireOwn(alice.store);
    if (!accountSecret) throw new Error('the key holder');
    const current = await pinnedOf(alice, alice.account);
    const device = deviceEntry(alice.account, await newDeviceKeys(Date.now()), 3, current.content.sequence + 1);
    const draft = withDevice(current, device, accountSecret, Date.now());
    const ghostly = signDeviceList(draft.content, draft.secrets);
    server.script = (frame, { action, account }) => {
      if (action !== 'account.lists' || account !== bob.account) return frame;
      return { ...frame, lists: [z.encode(signedDeviceList, ghostly)], more: false, sequence: 3 };
    };
    await bob.device.refresh(alice.account);
    await bob.until(() => bob.notices.some((notice) => notice.kind === 'devices' && notice.added.includes(3)));
    // The other device hears of it from this one alone.
    await bob.device.send({ to: alice.account, content: utf8('to one device'), ttl: 60, devices: [1] });
    const alarm = { account: alice.account, sequence: 3, hash: deviceListHash(ghostly), by: bob.account, device: 1 };
    expect(await alice.isTold('strange-own-list')).toMatchObject(alarm);
    expect(await second.isTold('strange-own-list')).toMatchObject(alarm);
    expect((await readNotices(second.store)).map(({ kind }) => kind)).toContain('strange-own-list');
  });

  it('of two lists for one place blocks whoever sees both', async () => {
    const [alice, bob] = await friends();
    const { accountSecret } = await requireOwn(alice.store);
    if (!accountSecret) throw new Error('the key holder');
    const current = await pinnedOf(alice, alice.account);
    const device = deviceEntry(alice.account, await newDeviceKeys(Date.now()), 2, 2);
    const draft = withDevice(current, device, accountSecret, Date.now());
    const rival = signDeviceList(draft.content, draft.secrets);
    await alice.device.keyHolder.setNewConversations(1, false);
    await bob.device.refresh(alice.account);
    server.script = (frame, { action, account }) =>
      action === 'account.lists' && account === bob.account
        ? { ...frame, lists: [z.encode(signedDeviceList, rival)], more: false, sequence: 2 }
        : frame;
    await bob.device.refresh(alice.account);
    const notice = await bob.isTold('fork');
    expect('evidence' in notice && notice.evidence).toHaveLength(2);
    await expect(bob.say(alice, 'to whom')).rejects.toMatchObject({ code: 'blocked', blocks: ['attacked'] });
  });
});

describe('a removed device with the help of the server', () => {
  it('is neither heard nor written to', async () => {
    const [alice, bob] = await friends();
    const second = await secondOf(alice);
    await bob.device.refresh(alice.account);
    await bob.say(alice, 'to both');
    await second.hears('to both');
    await second.say(bob, 'still a member');
    await bob.hears('still a member');
    await alice.device.keyHolder.remove([2]);
    await bob.device.refresh(alice.account);

    const engine = new SignalProtocol({
      store: new SessionStore(second.store, Date.now),
      localAddress: { serviceId: alice.account, deviceId: 2 },
    });
    const [content, frankingKey] = [utf8('I was never removed'), crypto.getRandomValues(new Uint8Array(32))];
    const view = { sequence: 1, hash: new Uint8Array(32) };
    const body = encodeBody({ content, frankingKey, views: { version: 1, from: view, to: view } });
    const { type, bytes } = await engine.encrypt({ serviceId: bob.account, deviceId: 1 }, body);
    const commitment = frankingCommitment(frankingKey, content);
    server.tell(bob.account, 1, envelope(alice.account, 2, type === 'prekey' ? 3 : 2, bytes, commitment));
    expect(await bob.isTold('impostor')).toMatchObject({ account: alice.account, device: 2 });
    const { devices } = await bob.say(alice, 'to the first alone');
    await alice.hears('to the first alone');
    expect([...devices.keys()]).toEqual([1]);
    expect(bob.texts).not.toContain('I was never removed');
  });
});

describe('the key holder', () => {
  it('never signs a second list for one place, whatever the server says of the first', async () => {
    const [alice] = await friends();
    server.script = (frame, { action }) =>
      action === 'account.publish'
        ? { id: frame.id ?? null, ok: false, error: { code: 'stale-list', message: '' } }
        : action === 'account.lists'
          ? { ...frame, lists: [], more: false, sequence: 1 }
          : frame;
    await expect(alice.device.keyHolder.setNewConversations(1, false)).rejects.toMatchObject({ code: 'unpublished' });
    await expect(alice.device.keyHolder.rotate()).rejects.toMatchObject({ code: 'unpublished' });
    server.script = (frame) => frame;
    await alice.device.keyHolder.onConnected();
    const signed = server.requests
      .filter(({ action }) => action === 'account.publish')
      .map(({ list }) => JSON.stringify(list));
    expect(signed.length).toBeGreaterThan(1);
    expect(new Set(signed).size).toBe(1);
    expect((await pinnedOf(alice, alice.account)).content.devices[0]?.newConversations).toBe(false);
  });
});

describe('no word of the server', () => {
  it('moves the limits of freshness', async () => {
    const [alice, bob] = await friends();
    const far = 40 * 86_400_000;
    server.script = (frame) => ({
      ...frame,
      maxAge: 99_999_999,
      warnAfter: 99_999_999,
      freshness: { refuse: 1e12 },
      ...(typeof frame.time === 'number' && { time: frame.time - far }),
    });
    bob.close();
    const platform = { ...platformThrough(server.url), now: () => Date.now() + far };
    const patient = await RunningDevice.open({ url: sotto.url, store: bob.store, platform });
    running.push(patient);
    await expect(patient.say(alice, 'to a list of forty days')).rejects.toMatchObject({
      code: 'blocked',
      blocks: ['stale'],
    });
  });

  it('about the time makes a list older or younger', async () => {
    const [alice, bob] = await friends();
    server.script = (frame, { action }) =>
      action === 'hello' && typeof frame.time === 'number' ? { ...frame, time: frame.time + 40 * 86_400_000 } : frame;
    await bob.device.transport.request('hello', {});
    server.script = (frame) => frame;
    const known = await bob.device.accounts.get(alice.account);
    expect(known?.pinned.content.sequence).toBe(1);
    // The id of the message carries the time that the server claimed, and the server then refuses it; the list is not stale.
    await expect(bob.say(alice, 'now')).rejects.toMatchObject({ code: 'message-time' });
  });
});
