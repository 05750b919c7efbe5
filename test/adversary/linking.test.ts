// Attacks while a device is linked: what the server relays, and people who are talked into something.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readOwn } from '../../client/identity/own-account.ts';
import { Joining } from '../../client/linking/joining.ts';
import { encodeLinkMessage } from '../../client/linking/link-messages.ts';
import { guestLinkServer } from '../../client/linking/link-room.ts';
import { newEphemeral } from '../../client/linking/link-secrets.ts';
import { openMemoryStore } from '../../client/storage/memory-store.ts';
import { base64UrlDecode, base64UrlEncode } from '../../shared/protocol/base64url.ts';
import { platformThrough } from '../../tools/adversary/client.ts';
import type { Frame } from '../../tools/adversary/man-in-the-middle.ts';
import { guestOf, type RunningDevice, signUpDevice } from '../support/devices.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { type Sotto, startSotto } from '../support/sotto.ts';

let sotto: Sotto;
let server: ScriptedServer;
let alice: RunningDevice;
let close: () => void;

beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());
beforeEach(async () => {
  server = await ScriptedServer.start(sotto.url);
  alice = await signUpDevice(sotto.url, { platform: platformThrough(server.url) });
});
afterEach(async () => {
  close();
  alice.close();
  await server.close();
});

async function newDevice(): Promise<Joining> {
  const platform = platformThrough(server.url);
  const guest = await guestOf(sotto.url, platform);
  close = () => guest.close();
  return Joining.start({ server: guestLinkServer(guest), platform, name: 'a laptop' });
}

/** Changes the nth message that the server relays. */
function changing(nth: number, change: (data: Uint8Array) => Uint8Array): void {
  let relayed = 0;
  server.script = (frame: Frame) => {
    if (frame.event !== 'link' || typeof frame.data !== 'string') return frame;
    const data = base64UrlDecode(frame.data);
    return ++relayed === nth && data ? { ...frame, data: base64UrlEncode(change(data)) } : frame;
  };
}

const flipped = (data: Uint8Array) => data.map((byte, i) => (i === data.length - 1 ? byte ^ 1 : byte));

describe('the server, relaying', () => {
  it('puts its own key in place of the key holder’s, and the commitment gives it away', async () => {
    changing(3, () => encodeLinkMessage({ kind: 'key', key: newEphemeral().publicKey }));
    const joining = await newDevice();
    const linking = alice.device.link(joining.code).catch(() => undefined);
    await expect(joining.shortCode()).rejects.toMatchObject({ code: 'tampered' });
    await joining.refuse();
    alice.close();
    await linking;
  });

  it('changes what the new device asks for', async () => {
    changing(4, flipped);
    const joining = await newDevice();
    await expect(alice.device.link(joining.code)).rejects.toMatchObject({ code: 'tampered' });
  });

  it('changes what the key holder offers, and nothing is stored', async () => {
    changing(5, flipped);
    const joining = await newDevice();
    const linking = await alice.device.link(joining.code);
    const confirmed = linking.confirm().catch((error: unknown) => error);
    await expect(joining.proposal()).rejects.toMatchObject({ code: 'tampered' });
    await joining.refuse();
    expect(await confirmed).toMatchObject({ code: 'refused' });
  });

  it('changes the consent, and no list is signed', async () => {
    changing(6, flipped);
    const joining = await newDevice();
    const linking = await alice.device.link(joining.code);
    const confirmed = linking.confirm().catch((error: unknown) => error);
    await joining.proposal();
    const store = await openMemoryStore();
    await expect(joining.confirm(store)).rejects.toMatchObject({ code: 'refused' });
    expect(await confirmed).toMatchObject({ code: 'tampered' });
    expect(await readOwn(store)).toBeUndefined();
    expect((await readOwn(alice.store))?.pending).toBeNull();
  });
});

describe('phishing', () => {
  it('with a stranger’s code shows what would be linked, and links nothing before the person has said yes', async () => {
    const thief = await newDevice();
    const linking = await alice.device.link(thief.code);
    expect(linking.request.name).toBe('a laptop');
    const known = await alice.device.accounts.get(alice.account);
    expect(known?.pinned.content.sequence).toBe(1);
    const waiting = expect(thief.proposal()).rejects.toMatchObject({ code: 'refused' });
    await linking.refuse();
    await waiting;
    await expect(linking.confirm()).rejects.toThrow('decided');
    expect(server.requests.some(({ action }) => action === 'account.publish')).toBe(false);
  });
});
