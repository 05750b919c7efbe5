import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentialsOf } from '../../../relay/turn/credentials.ts';
import { eventually } from '../../support/eventually.ts';
import { answerTo, RelayCoturn, seconds } from '../../support/relay-coturn.ts';
import { newSecret } from '../../support/relay-settings.ts';

const [newest, older] = [newSecret(), newSecret()];
let relay: RelayCoturn;

beforeAll(async () => {
  relay = await RelayCoturn.start({ secrets: [newest, older] });
});
afterAll(() => relay.close());

const allocationWith = async (username: string, password: string) =>
  answerTo((await relay.client({ username, password })).allocate());

it('admits whoever has credentials of either secret', async () => {
  for (const secret of [newest, older]) {
    const { username, password } = credentialsOf(secret, seconds() + 60);
    expect(await allocationWith(username, password)).toBe('granted');
  }
});

it('refuses credentials whose time is over', async () => {
  const { username, password } = credentialsOf(newest, seconds() - 1);
  expect(await allocationWith(username, password)).toBe(401);
});

it('refuses a secret that it does not have', async () => {
  const { username, password } = credentialsOf(newSecret(), seconds() + 60);
  expect(await allocationWith(username, password)).toBe(401);
});

it('refuses a time that somebody has put off', async () => {
  const { username, password } = credentialsOf(newest, seconds() - 60, 'somebody');
  expect(await allocationWith(username.replace(/^\d+/, String(seconds() + 60)), password)).toBe(401);
});

it("refuses one user's password for another one", async () => {
  const { username } = credentialsOf(newest, seconds() + 60, 'alice');
  const { password } = credentialsOf(newest, seconds() + 60, 'mallory');
  expect(await allocationWith(username, password)).toBe(401);
});

it.each([
  '',
  ':',
  'alice',
  '0',
  `0:alice`,
  `-1:alice`,
  '99999999999999999999:alice',
  `${'9'.repeat(400)}:a`,
])('refuses the malformed name %o', async (username) => {
  expect(await allocationWith(username, '')).not.toBe('granted');
  // A name that is no time counts as one that is over.
  const { password } = credentialsOf('', 0);
  expect(await allocationWith(username, password)).not.toBe('granted');
});

it('lets a live allocation go on when its credentials are over, and gives no new one for them', async () => {
  const expires = seconds() + 2;
  const credentials = credentialsOf(newest, expires);
  const [alice, bob] = [await relay.client(credentials), await relay.client()];
  const [{ relayed: from }, { relayed: to }] = [await alice.allocate(), await bob.allocate()];
  await eventually(async () => answerTo((await relay.client(credentials)).allocate())).toBe(401);
  expect(seconds()).toBeGreaterThanOrEqual(expires);

  await alice.permit(to);
  await bob.permit(from);
  const heard = new Promise((resolve) => {
    bob.onData = ({ data }) => resolve(data.toString());
  });
  alice.send(to, Buffer.from('still here'));
  expect(await heard).toBe('still here');
  expect(await alice.refresh(300)).toBeGreaterThan(0);
});
