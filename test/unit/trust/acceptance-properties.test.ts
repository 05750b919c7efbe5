import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignedDeviceList } from '../../../shared/protocol/account.ts';
import { accept, type Change } from '../../../shared/trust/acceptance.ts';
import type { DeviceList } from '../../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../../shared/trust/ed25519.ts';
import { decodePinnedAccount, encodeHistory, type PinnedAccount } from '../../../shared/trust/pinned-account.ts';
import { signDeviceList } from '../../../shared/trust/signed-device-list.ts';
import { type Changes, seededBytes, TestAccount, testDevice, testDeviceKeys } from '../../support/identities.ts';
import { pin, verdict } from './judging.ts';

const serverSecret = seededBytes('server');

/** One honest step: some devices come, some go, the account key may change, time passes or stands still. */
const step = fc.record({
  add: fc.constantFrom(0, 0, 1, 2),
  remove: fc.boolean(),
  accountKey: fc.constantFrom(undefined, undefined, 'rotate' as const, 'recover' as const),
  later: fc.constantFrom(0, 1, 86_400_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function build(steps: readonly Step[]): TestAccount {
  const account = new TestAccount('alice');
  for (const { add, remove, accountKey, later } of steps) {
    const ids = account.content.devices.map(({ id }) => id);
    const leaving = remove && ids.length > 1 ? ids.slice(-1) : [];
    const room = 8 - (ids.length - leaving.length);
    const changes: Changes = { add: Math.min(add, room), remove: leaving, later };
    account.publish(accountKey ? { ...changes, accountKey } : changes);
  }
  return account;
}

/** Gives the lists in batches that end where `cuts` say, through storage between any two. */
function inBatches(account: TestAccount, cuts: readonly number[]) {
  let pinned: PinnedAccount | null = null;
  const changes: Change[] = [];
  let start = 0;
  for (const end of [...new Set([...cuts.map((cut) => cut % account.lists.length), account.lists.length])].sort(
    (a, b) => a - b,
  )) {
    if (end === 0) continue;
    // Every batch but the first repeats the last list of the one before, as a server may.
    const outcome = accept(account.expected, pinned, account.lists.slice(Math.max(0, start - 1), end));
    if (outcome.kind !== 'accepted') throw new Error(verdict(outcome));
    pinned = decodePinnedAccount(outcome.pinned.list, encodeHistory(outcome.pinned.history));
    changes.push(...outcome.changes);
    start = end;
  }
  return { pinned, changes };
}

describe('any honest chain', () => {
  it('is accepted, to the same state and with the same changes, however it is cut into batches', () => {
    const chains = fc.tuple(fc.array(step, { maxLength: 6 }), fc.array(fc.nat(7), { maxLength: 4 }));
    fc.assert(
      fc.property(chains, ([steps, cuts]) => {
        const account = build(steps);
        const whole = accept(account.expected, null, account.lists);
        expect(whole).toEqual({ kind: 'accepted', ...inBatches(account, cuts) });
      }),
      { seed: 11, numRuns: 20 },
    );
  });
});

/** Contents that no account may publish next, whatever signed them. */
const mutations: Record<string, (account: TestAccount, random: Uint8Array) => DeviceList> = {
  account: (account, random) => account.next({ account: new TestAccount(random.join()).account }),
  'sequence again': (account) => ({ ...account.content, time: account.content.time + 1 }),
  'sequence ahead': (account) => account.next({ sequence: account.content.sequence + 2 }),
  previous: (account, random) => account.next({ previous: random }),
  'generation ahead': (account) => account.next({ generation: account.content.generation + 1 }),
  'earlier time': (account) => account.next({ time: account.content.time - 1 }),
  'recovery hash': (account, random) => account.next({ recoveryHash: random }),
  'new account key, same generation': (account) => account.next({ accountKey: ed25519PublicKey(serverSecret) }),
  'account key of a device': (account) =>
    account.next({ accountKey: account.device(1).connectKey, generation: account.content.generation + 1 }),
  registration: (account) => changeFirst(account, { registration: (account.device(1).registration % 16_380) + 1 }),
  'identity key': (account, random) => changeFirst(account, { identityKey: testDeviceKeys(random.join()).identityKey }),
  'connect key': (account, random) => changeFirst(account, { connectKey: testDeviceKeys(random.join()).connectKey }),
  consents: (account, random) =>
    changeFirst(account, { consents: { ...account.device(1).consents, connect: seededBytes(random.join(), 64) } }),
  'device moved to another id': (account) => changeFirst(account, { id: 127 }),
  'device without consent': (account, random) => {
    const { sequence } = account.next();
    const ghost = testDevice(account.account, testDeviceKeys(random.join()), 127, sequence);
    return account.next({ devices: [...account.content.devices, { ...ghost, consents: account.device(1).consents }] });
  },
};

function changeFirst(account: TestAccount, change: Partial<DeviceList['devices'][number]>): DeviceList {
  const [first, ...others] = account.content.devices;
  if (!first) throw new Error('no device');
  return account.next({ devices: [...others, { ...first, ...change }].sort((a, b) => a.id - b.id) });
}

describe('any dishonest list', () => {
  it('is refused after any honest chain, whoever signs it, and the state stays', () => {
    const random = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const cases = fc.tuple(fc.array(step, { maxLength: 2 }), fc.constantFrom(...Object.keys(mutations)), random);
    fc.assert(
      fc.property(cases, ([steps, name, bytes]) => {
        const account = build(steps);
        const pinned = pin(account);
        const before = structuredClone(pinned);
        const content = mutations[name]?.(account, bytes);
        if (!content) throw new Error(name);
        const { accountSecret } = account;
        for (const secrets of [
          [accountSecret],
          [serverSecret],
          [accountSecret, serverSecret],
          [account.keys(1).connectSecret],
        ]) {
          const outcome = accept(account.expected, pinned, [signDeviceList(content, secrets)]);
          expect(outcome.kind).not.toBe('accepted');
        }
        expect(pinned).toEqual(before);
      }),
      { seed: 12, numRuns: 60 },
    );
  });
});

/** Everything a server can get hold of or make up: honest lists, with a signature gone, others' lists, forks, and lists of its own making. */
function everythingAServerHas(honest: TestAccount, fork: TestAccount): SignedDeviceList[] {
  const other = new TestAccount('other', 2);
  const ghost = (content: DeviceList) => {
    const device = testDevice(content.account, testDeviceKeys('ghost'), 3, content.sequence);
    return {
      ...content,
      accountKey: ed25519PublicKey(serverSecret),
      devices: [...content.devices.slice(0, 2), device],
    };
  };
  const contents = [honest.next(), fork.next(), honest.content];
  return [
    ...honest.lists,
    ...honest.lists.map((list) => ({ ...list, signatures: list.signatures.slice(0, 1) })),
    ...honest.lists.map((list, i) => ({
      ...list,
      signatures: honest.lists[(i + 1) % honest.lists.length]?.signatures ?? [],
    })),
    ...other.lists,
    ...fork.lists,
    ...contents.map((content) => signDeviceList(ghost(content), [serverSecret])),
  ];
}

describe('any server', () => {
  it('brings a viewer to no list but those of one chain that the account key signed, and never back', () => {
    const honest = new TestAccount('alice', 2);
    honest.publish({ add: 1 });
    honest.publish({ remove: [2], accountKey: 'rotate' });
    honest.publish({ accountKey: 'recover', add: 1 });
    const fork = new TestAccount('alice', 2);
    fork.publish({ add: 1, later: 7 });
    const everything = everythingAServerHas(honest, fork);
    const chains = [honest, fork].map(({ lists }) => new Set(lists.map(({ payload }) => payload.join())));
    // Null stands for what an honest server would send next, so that runs get anywhere.
    const pick = fc.option(fc.nat(everything.length - 1), { freq: 2 });
    const batch = fc.array(pick, { minLength: 1, maxLength: 2 });
    let complete = 0;
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 10 }), (batches) => {
        let pinned: PinnedAccount | null = null;
        const held: string[] = [];
        for (const picks of batches) {
          const next: number = pinned?.content.sequence ?? 0;
          const lists = picks.flatMap((i) => (i === null ? honest.lists[next] : everything[i]) ?? []);
          const outcome = accept(honest.expected, pinned, lists);
          if (outcome.kind !== 'accepted') continue;
          expect(outcome.pinned.content.sequence).toBeGreaterThanOrEqual(next);
          pinned = outcome.pinned;
          held.push(pinned.list.payload.join());
        }
        if (pinned?.content.sequence === honest.lists.length) complete++;
        expect(chains.some((chain) => held.every((payload) => chain.has(payload)))).toBe(true);
      }),
      { seed: 13, numRuns: 60 },
    );
    expect(complete).toBeGreaterThan(5);
  });
});
