import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mergeSelections,
  nextSelection,
  selectedDevices,
  selectionHash,
} from '../../../../client/identity/selection.ts';
import { SelectionBook } from '../../../../client/identity/selection-book.ts';
import type { Selection } from '../../../../client/identity/views.ts';
import { TestAccount } from '../../../support/identities.ts';
import { TestBook } from './support.ts';

const hashOf = (selection: Selection) => selectionHash('a conversation', 'an account', selection);
const of = (...ids: number[]) => ids.map((id) => ({ id, added: 1 }));
const idsOf = (selection: Selection | undefined) => selection?.devices.map(({ id }) => id);

describe('used devices', () => {
  it('are those selected and in the list; while nothing is known, those that take new conversations', () => {
    const { content } = new TestAccount('used', 3);
    const [first, ...others] = content.devices;
    if (!first) throw new Error('three devices');
    const devices = [{ ...first, newConversations: false }, ...others];
    expect(selectedDevices(undefined, devices).map(({ id }) => id)).toEqual([2, 3]);
    expect(selectedDevices(nextSelection(hashOf, undefined, of(1, 3, 9)), devices).map(({ id }) => id)).toEqual([1, 3]);
  });

  it('never are a successor under the same id', () => {
    const account = new TestAccount('successor', 2);
    const before = nextSelection(hashOf, undefined, account.content.devices);
    account.publish({ remove: [2] });
    account.publish({ add: 1 });
    expect(account.content.devices.map(({ id }) => id)).toEqual([1, 2]);
    expect(selectedDevices(before, account.content.devices).map(({ id }) => id)).toEqual([1]);
  });
});

describe('two successors of one version', () => {
  it('give their intersection, in either order, on both sides', () => {
    const base = nextSelection(hashOf, undefined, of(1, 2, 3));
    const one = nextSelection(hashOf, base, of(1, 2, 4));
    const other = nextSelection(hashOf, base, of(2, 3, 4));
    const merged = [mergeSelections(hashOf, base, [one, other]), mergeSelections(hashOf, base, [other, one])];
    expect(merged.map(idsOf)).toEqual([
      [2, 4],
      [2, 4],
    ]);
    expect(merged[0]).toEqual(merged[1]);
  });

  it('with nothing in common leave nobody', () => {
    const base = nextSelection(hashOf, undefined, of(1, 2));
    const merged = mergeSelections(hashOf, base, [
      nextSelection(hashOf, base, of(1)),
      nextSelection(hashOf, base, of(2)),
    ]);
    expect(idsOf(merged)).toEqual([]);
  });
});

describe('merging', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

  it('follows a chain of successors to its end', () => {
    fc.assert(
      fc.property(fc.array(ids, { minLength: 1, maxLength: 8 }), fc.nat(), (choices, from) => {
        const chain: Selection[] = [];
        for (const choice of choices) chain.push(nextSelection(hashOf, chain.at(-1), of(...choice)));
        const held = chain[from % chain.length];
        expect(mergeSelections(hashOf, held, chain)).toEqual(chain.at(-1));
      }),
    );
  });

  it('of what does not follow never adds a device', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 9 }), (mine, theirs, version) => {
        const held = nextSelection(hashOf, nextSelection(hashOf, undefined, of(1)), of(...mine));
        const stranger: Selection = { version, previous: new Uint8Array(32), devices: of(...theirs) };
        for (const id of idsOf(mergeSelections(hashOf, held, [stranger])) ?? []) expect(mine).toContain(id);
      }),
    );
  });
});

describe('the selections of a conversation', () => {
  async function conversation() {
    const { test, account } = await TestBook.knowing('conversation', 3);
    const selections = new SelectionBook(test.store);
    await selections.choose('c', account.account, [1, 2]);
    return { test, account, selections };
  }

  it('are changed by a device that takes part, and by no other', async () => {
    const { account, selections } = await conversation();
    const versions = await selections.versions('c', account.account);
    const bound = (selection: Selection) => selectionHash('c', account.account, selection);
    const next = nextSelection(bound, versions.at(-1), of(1, 2, 3));
    expect(await selections.take('c', account.account, 3, [...versions, next])).toBe(false);
    expect(idsOf(await selections.current('c', account.account))).toEqual([1, 2]);
    expect(await selections.take('c', account.account, 2, [...versions, next])).toBe(true);
    expect(idsOf(await selections.current('c', account.account))).toEqual([1, 2, 3]);
  });

  it('of one conversation or account are not another’s', async () => {
    const { account, selections } = await conversation();
    const [version] = await selections.versions('c', account.account);
    if (!version) throw new Error('one version');
    expect(selectionHash('d', account.account, version)).not.toEqual(selectionHash('c', account.account, version));
    expect(selectionHash('c', 'other', version)).not.toEqual(selectionHash('c', account.account, version));
    expect(await selections.current('d', account.account)).toBeUndefined();
  });

  it('once begun do not grow by a device that is linked later', async () => {
    const { test, account } = await TestBook.knowing('begun', 1);
    const selections = new SelectionBook(test.store);
    await selections.begin('c', account.account);
    await test.publish(account, { add: 1 });
    expect((await selections.devices('c', account.account)).map(({ id }) => id)).toEqual([1]);
    expect((await selections.devices('new', account.account)).map(({ id }) => id)).toEqual([1, 2]);
  });
});
