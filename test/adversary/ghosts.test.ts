// Intruders, and running clients: real devices, a real server, and between them somebody with a script.

import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { encodeBody } from '../../client/device/message-body.ts';
import { newMessageId } from '../../client/device/message-id.ts';
import { SessionStore } from '../../client/device/session-store.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { SignalProtocol } from '../../client/signal-protocol/index.ts';
import { signedDeviceList } from '../../shared/protocol/account.ts';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { preKeyBundle } from '../../shared/protocol/prekeys.ts';
import { frankingCommitment } from '../../shared/trust/franking.ts';
import { Ghost } from '../../tools/adversary/ghost.ts';
import type { Frame } from '../../tools/adversary/man-in-the-middle.ts';
import { Random } from '../../tools/adversary/random.ts';
import { pinnedOf, Stage } from '../support/stage.ts';

const stage = Stage.set();

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

interface Key {
  readonly id: number;
  readonly key: string;
  readonly signature: string;
}
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

describe('a ghost', () => {
  it('in a list that the server hands out is refused, told, and never written to', async () => {
    const [alice, bob] = await stage.friends();
    const ghost = await Ghost.make();
    const random = new Random(1);
    stage.server.script = (frame, { action }) => {
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
    const [alice, bob] = [await stage.person(), await stage.person()];
    await alice.device.addContact(bob.contact);
    const ghost = await Ghost.make();
    stage.server.script = (frame, { action }) => {
      if (action !== 'prekeys.fetch' || !Array.isArray(frame.bundles)) return frame;
      const bundles = frame.bundles.map((bundle) =>
        z.encode(preKeyBundle, ghost.bundleLike(z.decode(preKeyBundle, bundle as never))),
      );
      return { ...frame, bundles: bundles.map(({ ec: _, ...rest }) => rest) };
    };
    await expect(alice.say(bob, 'to the ghost')).rejects.toMatchObject({ code: 'no-keys' });
    expect(stage.server.requests.some(({ action }) => action === 'message.send')).toBe(false);
  });

  it.each([
    ['speaks as a device of the user', 1],
    ['speaks as a device that is in no list', 2],
  ])('that %s is never shown, and told', async (_, device) => {
    const [alice, bob] = await stage.friends();
    const { identityKey, registration } = await requireOwn(bob.store);
    const own = (await pinnedOf(bob, bob.account)).content.devices[0];
    expect(own?.registration).toBe(registration);
    const to = { serviceId: bob.account, deviceId: 1 };
    const bundle = stage.server.requests.find(({ action, list }) => action === 'account.create' && list !== undefined);
    expect(bundle).toBeDefined();
    const published = stage.server.requests.filter(({ action }) => action === 'account.create').at(-1)
      ?.prekeys as never;
    const { signed, lastResort } = published as { signed: Key; lastResort: Key };
    const part = ({ id, key, signature }: Key) => ({ id, publicKey: bytesOf(key), signature: bytesOf(signature) });
    const message = await (await Ghost.make()).messageAs({ serviceId: alice.account, deviceId: device }, to, {
      registrationId: registration,
      identityKey,
      signedPreKey: part(signed),
      kyberPreKey: part(lastResort),
      preKey: undefined,
    });
    stage.server.tell(bob.account, 1, envelope(alice.account, device, 3, message.ciphertext, message.commitment));
    expect(await bob.isTold('impostor')).toMatchObject({ account: alice.account, device });
    await alice.say(bob, 'after the ghost');
    await bob.hears('after the ghost');
    expect(bob.texts).toEqual(['hello', 'after the ghost']);
  });

  it('in a call meets the same choke point: what is urgent and never stored is encrypted like the rest', async () => {
    const [alice, bob] = [await stage.person(), await stage.person()];
    await alice.device.addContact(bob.contact);
    const ghost = await Ghost.make();
    stage.server.script = (frame, { action }) => {
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

describe('a removed device with the help of the server', () => {
  it('is neither heard nor written to', async () => {
    const [alice, bob] = await stage.friends();
    const second = await stage.secondOf(alice);
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
    stage.server.tell(bob.account, 1, envelope(alice.account, 2, type === 'prekey' ? 3 : 2, bytes, commitment));
    expect(await bob.isTold('impostor')).toMatchObject({ account: alice.account, device: 2 });
    const { devices } = await bob.say(alice, 'to the first alone');
    await alice.hears('to the first alone');
    expect([...devices.keys()]).toEqual([1]);
    expect(bob.texts).not.toContain('I was never removed');
  });
});
