import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, openMemoryStore, type Recovery, recoverAccount, Sotto } from '../../../client/index.ts';
import { nodePlatform } from '../../../client/node.ts';
import { type Sotto as Deployment, startSotto } from '../../support/sotto.ts';
import { User } from '../../support/users.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startSotto();
});
afterAll(() => deployment?.close());

const options = async () => ({
  endpoint: deployment.url,
  store: await openMemoryStore(),
  platform: nodePlatform,
});
const noOther: Recovery = { keep: async () => [], writeDown: async () => true };

describe('an account', () => {
  it('comes back to a person who has nothing but the phrase, and the phrase works once', async () => {
    const first = await options();
    const { phrase } = await createAccount(first);
    const lost = await Sotto.open(first);
    const { account } = lost;
    lost.close();

    const shown: unknown[] = [];
    const recovery: Recovery = {
      keep: async (devices) => {
        shown.push(devices);
        return [];
      },
      writeDown: async (text) => {
        shown.push(text);
        return true;
      },
    };
    const second = await options();
    expect(await recoverAccount(second, phrase, recovery)).toBe(true);
    const again = await Sotto.open(second);
    expect(again.account).toBe(account);
    expect(again.device).toBe(2);
    expect(shown[0]).toEqual([1]);
    expect(shown[1]).not.toBe(phrase);
    again.close();
    await expect(recoverAccount(await options(), phrase, noOther)).rejects.toMatchObject({ code: 'unknown-account' });
  });

  it('stays as it is when the person does not write the new phrase down', async () => {
    const first = await options();
    const { phrase } = await createAccount(first);
    const givingUp = { ...noOther, writeDown: async () => false };
    expect(await recoverAccount(await options(), phrase, givingUp)).toBe(false);
    expect(await recoverAccount(await options(), phrase, noOther)).toBe(true);
  });

  it('says of a text that is no phrase that it is none', async () => {
    await expect(recoverAccount(await options(), 'no phrase', noOther)).rejects.toThrow(RangeError);
  });

  it('passes to a linked device, and the lost one is out', async () => {
    const first = await options();
    const { phrase } = await createAccount(first);
    const holder = new User(deployment.url);
    const lost = await Sotto.open(first);
    Object.defineProperty(holder, 'client', { get: () => lost });
    const { client } = await User.link(holder);
    lost.close();
    await expect(client.removeDevices([1])).rejects.toMatchObject({ code: 'not-key-holder' });
    const asked: (readonly number[])[] = [];
    const keep = async (others: readonly number[]) => {
      asked.push(others);
      return [];
    };
    expect(await client.recover(phrase, { ...noOther, keep })).toBe(true);
    expect(asked).toEqual([[1]]);
    expect((await client.contact(client.account))?.devices).toEqual([2]);
    client.close();
  });
});
