// Lists that are withheld, shown to some, or signed twice, and running clients that find out.

import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { deviceEntry, newDeviceKeys } from '../../client/identity/device-keys.ts';
import { withDevice } from '../../client/identity/next-list.ts';
import { readNotices } from '../../client/identity/notice.ts';
import { requireOwn } from '../../client/identity/own-account.ts';
import { signedDeviceList } from '../../shared/protocol/account.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { deviceListHash, signDeviceList } from '../../shared/trust/signed-device-list.ts';
import type { Frame } from '../../tools/adversary/man-in-the-middle.ts';
import { pinnedOf, Stage } from '../support/stage.ts';

const stage = Stage.set();

/** Lists of an account, as they were before something happened. */
const hiding =
  (account: string) =>
  (frame: Frame, { action, account: asker }: { action: string | undefined; account: string | undefined }) => {
    const concerns = asker !== undefined && asker !== account;
    if (!concerns || (action !== 'account.lists' && action !== 'message.send')) return frame;
    const { lists: _, ...rest } = frame;
    return action === 'account.lists' ? { ...rest, lists: [], more: false, sequence: 1 } : { ...rest, sequence: 1 };
  };

describe('a withheld list', () => {
  it('is betrayed by the next message, and nothing is encrypted until it is handed out', async () => {
    const [alice, bob] = await stage.friends();
    stage.server.script = hiding(alice.account);
    await alice.device.keyHolder.setNewConversations(1, false);
    await alice.say(bob, 'from the new list');
    expect(await bob.isTold('withheld')).toMatchObject({ account: alice.account, sequence: 2 });
    await bob.hears('from the new list');
    await expect(bob.say(alice, 'to an old list')).rejects.toMatchObject({ code: 'blocked', blocks: ['withheld'] });
    stage.server.script = (frame) => frame;
    await bob.device.refresh(alice.account);
    await bob.say(alice, 'to the new list');
    await alice.hears('to the new list');
  });

  it('of one’s own account is betrayed by one’s other device', async () => {
    const alice = await stage.person();
    const second = await stage.secondOf(alice);
    await second.device.refresh(alice.account);
    stage.server.script = (frame, { action, device }) =>
      action === 'account.lists' && device === 2 ? { ...frame, lists: [], more: false, sequence: 2 } : frame;
    await alice.device.keyHolder.setNewConversations(2, false);
    await alice.say(second, 'to my other device');
    expect(await second.isTold('withheld')).toMatchObject({ account: alice.account, sequence: 3 });
  });
});

describe('a split view', () => {
  it('with a device shown to one viewer only is told on all devices of the account', async () => {
    const [alice, bob] = await stage.friends();
    const second = await stage.secondOf(alice);
    await bob.device.refresh(alice.account);
    // The worst case: the account key is stolen, and the list is genuine. Only Bob is shown it.
    const { accountSecret } = await requireOwn(alice.store);
    if (!accountSecret) throw new Error('the key holder');
    const current = await pinnedOf(alice, alice.account);
    const device = deviceEntry(alice.account, await newDeviceKeys(Date.now()), 3, current.content.sequence + 1);
    const draft = withDevice(current, device, accountSecret, Date.now());
    const ghostly = signDeviceList(draft.content, draft.secrets);
    stage.server.script = (frame, { action, account }) => {
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
    const [alice, bob] = await stage.friends();
    const { accountSecret } = await requireOwn(alice.store);
    if (!accountSecret) throw new Error('the key holder');
    const current = await pinnedOf(alice, alice.account);
    const device = deviceEntry(alice.account, await newDeviceKeys(Date.now()), 2, 2);
    const draft = withDevice(current, device, accountSecret, Date.now());
    const rival = signDeviceList(draft.content, draft.secrets);
    await alice.device.keyHolder.setNewConversations(1, false);
    await bob.device.refresh(alice.account);
    stage.server.script = (frame, { action, account }) =>
      action === 'account.lists' && account === bob.account
        ? { ...frame, lists: [z.encode(signedDeviceList, rival)], more: false, sequence: 2 }
        : frame;
    await bob.device.refresh(alice.account);
    const notice = await bob.isTold('fork');
    expect('evidence' in notice && notice.evidence).toHaveLength(2);
    await expect(bob.say(alice, 'to whom')).rejects.toMatchObject({ code: 'blocked', blocks: ['attacked'] });
  });
});

describe('the key holder', () => {
  it('never signs a second list for one place, whatever the server says of the first', async () => {
    const [alice] = await stage.friends();
    stage.server.script = (frame, { action }) =>
      action === 'account.publish'
        ? { id: frame.id ?? null, ok: false, error: { code: 'stale-list', message: '' } }
        : action === 'account.lists'
          ? { ...frame, lists: [], more: false, sequence: 1 }
          : frame;
    await expect(alice.device.keyHolder.setNewConversations(1, false)).rejects.toMatchObject({ code: 'unpublished' });
    await expect(alice.device.keyHolder.rotate()).rejects.toMatchObject({ code: 'unpublished' });
    stage.server.script = (frame) => frame;
    await alice.device.keyHolder.onConnected();
    const signed = stage.server.requests
      .filter(({ action }) => action === 'account.publish')
      .map(({ list }) => JSON.stringify(list));
    expect(signed.length).toBeGreaterThan(1);
    expect(new Set(signed).size).toBe(1);
    expect((await pinnedOf(alice, alice.account)).content.devices[0]?.newConversations).toBe(false);
  });
});

describe('no word of the server', () => {
  it('moves the limits of freshness', async () => {
    const [alice, bob] = await stage.friends();
    const far = 40 * 86_400_000;
    stage.server.script = (frame) => ({
      ...frame,
      maxAge: 99_999_999,
      warnAfter: 99_999_999,
      freshness: { refuse: 1e12 },
      ...(typeof frame.time === 'number' && { time: frame.time - far }),
    });
    const patient = await stage.later(bob, far);
    await expect(patient.say(alice, 'to a list of forty days')).rejects.toMatchObject({
      code: 'blocked',
      blocks: ['stale'],
    });
  });

  it('about the time makes a list older or younger', async () => {
    const [alice, bob] = await stage.friends();
    stage.server.script = (frame, { action }) =>
      action === 'hello' && typeof frame.time === 'number' ? { ...frame, time: frame.time + 40 * 86_400_000 } : frame;
    await bob.device.transport.request('hello', {});
    stage.server.script = (frame) => frame;
    const known = await bob.device.accounts.get(alice.account);
    expect(known?.pinned.content.sequence).toBe(1);
    // The id of the message carries the time that the server claimed, and the server then refuses it; the list is not stale.
    await expect(bob.say(alice, 'now')).rejects.toMatchObject({ code: 'message-time' });
  });
});
