// SPDX-License-Identifier: AGPL-3.0-only
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { Owner } from './owner.ts';
import { Phone } from './phone.ts';
import { guestTicket } from './signing.ts';
import { bytes, type Frame, type Refused, text, Wire } from './wire.ts';

const LINKED_AT = 100;
const OFFLINE_FROM = 50;
const BACK_AT = 150;
const REMOVED_AT = 180;
const MESSAGES = 200;

let cloud: Sotto;
beforeAll(async () => {
  cloud = await startSotto();
});
afterAll(() => cloud?.close());

const guest = () => Wire.open(cloud.url, guestTicket(cloud.url));

/** A new account with its first device, connected, with one-time keys. */
async function settle(owner: Owner): Promise<Phone> {
  const phone = new Phone(owner.account, 1);
  const wire = await guest();
  const prekeys = await phone.firstPreKeys();
  const tokens = [text(await sha256(owner.token))];
  const reply = await wire.request('account.create', { list: owner.adding(phone), prekeys, tokens });
  expect(reply.account).toBe(owner.account);
  await wire.close();
  await phone.connect(cloud.url);
  await phone.publishOneTimeKeys(100, 30);
  return phone;
}

async function sha256(value: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(value)));
}

/** Links a device: it hands its entry and prekeys to the key holder through a rendezvous, who publishes the next list. */
async function link(owner: Owner, holder: Phone, device: number): Promise<Phone> {
  const phone = new Phone(owner.account, device);
  const room = text(randomBytes(32));
  const wire = await guest();
  expect((await wire.request('link.open', { room })).peer).toBe(false);
  expect((await holder.ask('link.open', { room })).peer).toBe(true);
  expect(await wire.event()).toEqual({ event: 'link', room });

  const prekeys = await phone.firstPreKeys();
  await wire.request('link.send', { room, data: text(Buffer.from(JSON.stringify(prekeys))) });
  const arrived = await holder.wire?.event();
  expect(arrived).toMatchObject({ event: 'link', room });
  const brought = JSON.parse(Buffer.from(bytes(arrived?.data)).toString());
  await holder.ask('account.publish', { list: owner.adding(phone), prekeys: [brought] });
  await wire.close();
  await phone.connect(cloud.url);
  await phone.publishOneTimeKeys(20, 12);
  return phone;
}

/** Reads pushes until the phone has shown `count` messages. */
async function showing(phone: Phone, count: number): Promise<void> {
  while (phone.shown.length < count) {
    const event = await phone.wire?.event();
    if (!event) throw new Error(`closed with ${phone.shown.length} of ${count} messages shown`);
    if (event.event === 'message') await show(phone, event);
  }
}

async function show(phone: Phone, event: Frame): Promise<void> {
  await phone.receive(event);
  const { message, sender, senderDevice } = event;
  await phone.ask('message.ack', { messages: [{ message, sender, senderDevice }] });
}

const said = (phone: Phone) => phone.shown.map((entry) => entry.said);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const byAlice = (i: number) => i % 2 === 0;
const line = (i: number) => `message ${i}`;

describe('two people who use the official Signal library', () => {
  it('talk through Sotto, Bob on several devices', async () => {
    const alice = new Owner();
    const bob = new Owner();
    const phoneOfAlice = await settle(alice);
    const phone = await settle(bob);
    const laptop = await link(bob, phone, 2);
    let tablet: Phone | undefined;

    await phoneOfAlice.meet(bob.account, bob.token);
    for (const device of [phone, laptop]) {
      await device.meet(alice.account, alice.token);
      await device.meet(bob.account);
    }

    for (const i of range(0, MESSAGES)) {
      if (i === OFFLINE_FROM) {
        await showing(laptop, OFFLINE_FROM);
        await laptop.wire?.close();
      }
      if (i === LINKED_AT) {
        tablet = await link(bob, phone, 3);
        await tablet.meet(alice.account, alice.token);
        await tablet.meet(bob.account);
        await phone.meet(bob.account);
      }
      if (i === BACK_AT) {
        await laptop.connect(cloud.url);
        await laptop.meet(bob.account);
        await laptop.collect();
      }
      if (i === REMOVED_AT) {
        await showing(laptop, REMOVED_AT);
        const reply = await phone.ask('account.publish', { list: bob.removing(laptop.device), prekeys: [] });
        expect(reply.removed).toEqual([laptop.device]);
        while (await laptop.wire?.event());
      }
      if (byAlice(i)) {
        await phoneOfAlice.say(bob.account, line(i));
        await showing(phone, i / 2 + 1);
      } else {
        await phone.say(alice.account, line(i));
        await phone.say(bob.account, line(i));
        await showing(phoneOfAlice, (i + 1) / 2);
      }
    }
    if (!tablet) throw new Error('no tablet');
    await showing(tablet, MESSAGES - LINKED_AT);

    const all = range(0, MESSAGES);
    expect(said(phoneOfAlice)).toEqual(all.filter((i) => !byAlice(i)).map(line));
    expect(said(phone)).toEqual(all.filter(byAlice).map(line));
    // Two senders write to these: each sender's messages are in order, the two may interleave in any way.
    expect(said(laptop).sort()).toEqual(all.slice(0, REMOVED_AT).map(line).sort());
    expect(said(tablet).sort()).toEqual(all.slice(LINKED_AT).map(line).sort());
    for (const device of [phoneOfAlice, phone, laptop, tablet]) expect(device.repeated).toBe(0);

    await expect(laptop.connect(cloud.url)).rejects.toThrow();
    for (const device of [phoneOfAlice, phone, tablet]) {
      expect((await device.ask('message.pull')).messages).toEqual([]);
      await device.wire?.close();
    }
  });

  it('learn nothing about an account without its contact token', async () => {
    const alice = new Owner();
    const bob = new Owner();
    const phoneOfAlice = await settle(alice);
    const phone = await settle(bob);
    const nobody = new Owner().account;
    const codeOf = (account: string, token?: Uint8Array) =>
      phoneOfAlice.ask('account.lists', { account, after: 0, ...(token ? { token: text(token) } : {}) }).then(
        () => 'none',
        (error: Refused) => error.code,
      );

    expect(await codeOf(bob.account)).toBe('unknown-account');
    expect(await codeOf(bob.account, randomBytes(16))).toBe('unknown-account');
    expect(await codeOf(nobody, bob.token)).toBe('unknown-account');
    expect(await codeOf(bob.account, bob.token)).toBe('none');
    for (const device of [phoneOfAlice, phone]) await device.wire?.close();
  });
});
