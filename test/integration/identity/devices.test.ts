import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionKey } from '../../../client/identity/account-book.ts';
import { AccountDraft } from '../../../client/identity/create-account.ts';
import { acknowledgeAccountKey } from '../../../client/identity/decisions.ts';
import { readOwn } from '../../../client/identity/own-account.ts';
import { RecoveryDraft, recoverOnDevice } from '../../../client/identity/recover-account.ts';
import { newRecoverySecret, readRecoveryPhrase } from '../../../client/identity/recovery-phrase.ts';
import { openMemoryStore } from '../../../client/storage/memory-store.ts';
import { guestOf, linkDevice, RunningDevice, signUpDevice } from '../../support/devices.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

const DAY_MS = 86_400_000;

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

function phraseOf(text: string) {
  const phrase = readRecoveryPhrase(text);
  if (!phrase) throw new Error('not a phrase');
  return phrase;
}

describe('a removed device', () => {
  it('has no session with anybody, hears nothing more, and is out', async () => {
    const alice = await signUpDevice(sotto.url);
    const second = await linkDevice(sotto.url, alice);
    const bob = await signUpDevice(sotto.url);
    await bob.device.addContact(alice.contact);
    await bob.say(alice, 'to both');
    await second.hears('to both');
    const entry = (await bob.device.accounts.get(alice.account))?.pinned.content.devices[1];
    if (!entry) throw new Error('two devices');
    expect(await bob.store.get('sessions', sessionKey(alice.account, entry))).toBeDefined();
    await alice.device.keyHolder.remove([2]);
    const sent = await bob.say(alice, 'to one');
    await alice.hears('to one');
    expect(await bob.isTold('devices')).toMatchObject({ removed: [2] });
    expect(await bob.store.get('sessions', sessionKey(alice.account, entry))).toBeUndefined();
    expect([...(await bob.say(alice, 'again')).devices.keys()]).toEqual([1]);
    expect(sent.devices.get(1)).toBe('stored');
    expect(second.texts).toEqual(['to both']);
    for (const device of [alice, second, bob]) device.close();
  });
});

describe('with nothing but the phrase', () => {
  it('a person gets the account back, and contacts acknowledge it before they write', async () => {
    const alice = await signUpDevice(sotto.url);
    const bob = await signUpDevice(sotto.url);
    await bob.device.addContact(alice.contact);
    await bob.say(alice, 'before');
    await alice.hears('before');
    alice.close();

    const guest = await guestOf(sotto.url);
    const draft = await RecoveryDraft.make(phraseOf(alice.phrase), guest, Date.now());
    expect(draft.current.content.devices.map(({ id }) => id)).toEqual([1]);
    const store = await openMemoryStore();
    await draft.submit(store, guest, [], Date.now());
    await draft.submit(store, guest, [], Date.now());
    await expect(RecoveryDraft.make(phraseOf(alice.phrase), guest, Date.now())).rejects.toMatchObject({
      code: 'unknown-account',
    });
    guest.close();

    const again = await RunningDevice.open({ url: sotto.url, store });
    await bob.device.refresh(alice.account);
    await expect(bob.say(alice, 'too early')).rejects.toMatchObject({
      code: 'blocked',
      blocks: ['account-key-changed'],
    });
    const known = await bob.device.accounts.get(alice.account);
    if (!known) throw new Error('known');
    expect(known.pinned.content.devices.map(({ id }) => id)).toEqual([2]);
    await acknowledgeAccountKey(bob.device.accounts, alice.account, known.pinned.content.accountKey);
    await bob.say(alice, 'welcome back');
    await again.hears('welcome back');
    expect(await again.device.keyHolder.holds()).toBe(true);

    // Old links go on working, and the new one does too.
    await again.until(async () => (await readOwn(store))?.tokenAnnounced === true);
    const carol = await signUpDevice(sotto.url);
    await carol.device.addContact(again.contact);
    await bob.device.refresh(alice.account);
    const second = await RecoveryDraft.make(phraseOf(draft.phrase), await guestOf(sotto.url), Date.now());
    expect(second.current.content.sequence).toBe(2);
    for (const device of [again, bob, carol]) device.close();
  });

  it('a linked device becomes the key holder, and the lost one is out', async () => {
    const alice = await signUpDevice(sotto.url);
    const second = await linkDevice(sotto.url, alice);
    alice.close();
    expect(await second.device.keyHolder.holds()).toBe(false);
    await expect(second.device.keyHolder.remove([1])).rejects.toMatchObject({ code: 'not-key-holder' });
    const wrong = { ...phraseOf(alice.phrase), secret: newRecoverySecret() };
    await expect(
      recoverOnDevice(second.device.publisher, wrong, newRecoverySecret(), [2], Date.now()),
    ).rejects.toMatchObject({ code: 'wrong-phrase' });
    const pinned = await recoverOnDevice(
      second.device.publisher,
      phraseOf(alice.phrase),
      newRecoverySecret(),
      [2],
      Date.now(),
    );
    expect(pinned.content.devices.map(({ id }) => id)).toEqual([2]);
    expect(await second.device.keyHolder.holds()).toBe(true);
    await second.device.keyHolder.rotate();
    second.close();
  });
});

describe('freshness', () => {
  it('ends after 35 days, and comes back when the key holder connects', async () => {
    const store = await openMemoryStore();
    const draft = await AccountDraft.make(Date.now() - 36 * DAY_MS);
    const guest = await guestOf(sotto.url);
    await draft.submit(store, guest);
    guest.close();
    const bob = await signUpDevice(sotto.url);
    const own = await readOwn(store);
    if (!own) throw new Error('an account');
    await bob.device.addContact(own);
    const write = () => bob.device.send({ to: own.account, content: Uint8Array.of(1), ttl: 60 });
    await expect(write()).rejects.toMatchObject({ code: 'blocked', blocks: ['stale'] });

    const alice = await RunningDevice.open({ url: sotto.url, store });
    await alice.device.keyHolder.onConnected();
    await bob.device.refresh(own.account);
    await expect(write()).resolves.toBeDefined();
    const confirmed = (await readOwn(store))?.confirmedAt;
    await alice.device.keyHolder.onConnected();
    expect((await readOwn(store))?.confirmedAt).toBe(confirmed);
    for (const device of [alice, bob]) device.close();
  });
});

describe('selected devices', () => {
  it('are told to both sides, and a conversation goes to them alone', async () => {
    const alice = await signUpDevice(sotto.url);
    const second = await linkDevice(sotto.url, alice);
    const bob = await signUpDevice(sotto.url);
    await bob.device.addContact(alice.contact);
    await bob.say(alice, 'to both', 'c');
    await Promise.all([alice.hears('to both'), second.hears('to both')]);
    await alice.say(bob, 'hello', 'c');
    await bob.hears('hello');
    await alice.device.chooseDevices('c', bob.account, [1]);
    const chosen = async (device: RunningDevice) =>
      (await device.device.selections.devices('c', alice.account)).map(({ id }) => id).join();
    while ((await chosen(bob)) !== '1' || (await chosen(second)) !== '1') {
      await Promise.all([bob.device.pull(), second.device.pull()]);
    }
    expect([...(await bob.say(alice, 'to one', 'c')).devices.keys()]).toEqual([1]);
    await expect(second.say(bob, 'still here', 'c')).rejects.toMatchObject({ code: 'not-selected' });
    for (const device of [alice, second, bob]) device.close();
  });

  it('are the last word: with none of them left nothing is sent, and the person is told', async () => {
    const alice = await signUpDevice(sotto.url);
    const second = await linkDevice(sotto.url, alice);
    const bob = await signUpDevice(sotto.url);
    await bob.device.addContact(alice.contact);
    await alice.device.addContact(bob.contact);
    await alice.say(bob, 'hello', 'c');
    await bob.hears('hello');
    await alice.device.chooseDevices('c', bob.account, [2]);
    while ((await bob.device.selections.devices('c', alice.account)).length !== 1) await bob.device.pull();
    await expect(alice.say(bob, 'not from here', 'c')).rejects.toMatchObject({ code: 'not-selected' });
    await alice.device.keyHolder.remove([2]);
    await bob.device.refresh(alice.account);
    await expect(bob.say(alice, 'to whom', 'c')).rejects.toMatchObject({ code: 'nobody-selected' });
    for (const device of [alice, second, bob]) device.close();
  });
});
