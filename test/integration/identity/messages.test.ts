import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquainted } from '../../support/devices.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';

let sotto: Sotto;
beforeAll(async () => {
  sotto = await startSotto();
});
afterAll(() => sotto.close());

describe('two people', () => {
  it('write to each other, the second without ever having been given a link', async () => {
    const [alice, bob] = await acquainted(sotto.url);
    await alice.say(bob, 'hello');
    await bob.hears('hello');
    await bob.say(alice, 'hello back');
    await alice.hears('hello back');
    expect([...alice.failures, ...bob.failures]).toEqual([]);
    alice.close();
    bob.close();
  });
});
