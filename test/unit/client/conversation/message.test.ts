import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Written } from '../../../../client/conversation/content.ts';
import {
  accepted,
  changed,
  outgoingMessage,
  read,
  readElsewhere,
  receipted,
  syncedMessage,
  targetOf,
} from '../../../../client/conversation/message.ts';
import type { MessageRecord, TextMessage } from '../../../../client/conversation/records.ts';
import {
  changedTimer,
  mergedTimer,
  NO_TIMER,
  TIMER_SECONDS,
  type Timer,
} from '../../../../client/conversation/timer.ts';
import { newMessageId, timeOf } from '../../../../client/device/message-id.ts';
import { ALICE, BOB } from '../../../support/talkers.ts';

const T0 = 1_800_000_000_000;
const original: Written = {
  version: 1,
  id: newMessageId(T0),
  from: ALICE,
  to: BOB,
  type: 'text',
  text: 'first',
  timer: { seconds: 60, version: 1 },
  salt: 'A'.repeat(22),
};
const target = targetOf(original);
const incoming: TextMessage = { ...outgoingMessage(original), state: 'unread' };

const having = (record: MessageRecord, changes: readonly Change[]): MessageRecord =>
  changes.reduce((current, change) => changed(current, change) ?? current, record);

const change = (index: number, from: string): fc.Arbitrary<Change> => {
  const head = { version: 1 as const, id: newMessageId(T0 + 1 + index), from, to: from === ALICE ? BOB : ALICE };
  return fc.oneof(
    fc.constant<Change>({ ...head, type: 'edit', target, text: `edit ${index}` }),
    fc.constantFrom('👍', '👎', null).map((emoji): Change => ({ ...head, type: 'reaction', target, emoji })),
  );
};
const changes = fc
  .array(fc.constantFrom(ALICE, BOB), { minLength: 1, maxLength: 8 })
  .chain((who) => fc.tuple(...who.map((from, index) => change(index, from))));

describe('a message', () => {
  it('ends the same in whatever order its changes come, and with each of them twice', () => {
    const same = fc.property(
      changes.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
      ),
      ([inOrder, shuffled]) => {
        const sorted = (record: MessageRecord) =>
          record.kind === 'text'
            ? { ...record, reactions: record.reactions.toSorted((a, b) => (a.by < b.by ? -1 : 1)) }
            : record;
        expect(sorted(having(incoming, shuffled))).toEqual(sorted(having(incoming, inOrder)));
      },
    );
    fc.assert(same, { seed: 6, numRuns: 300 });
  });

  it('keeps nothing but its name when it is taken back', () => {
    const deletion = { version: 1, id: newMessageId(T0 + 9), from: ALICE, to: BOB, type: 'delete', target } as const;
    const deleted = having(incoming, [{ ...deletion, type: 'edit', text: 'second' }, deletion]);
    expect(JSON.stringify(deleted)).not.toMatch(/first|second/);
    expect(changed(incoming, { ...deletion, from: BOB })).toBeUndefined();
  });

  it('has the earlier of two deadlines when two devices of the reader read it at once', () => {
    const here = read(incoming, T0 + 5_000);
    expect(here.deadline).toBe(T0 + 65_000);
    expect(readElsewhere(here, T0 + 64_000).deadline).toBe(T0 + 64_000);
    expect(readElsewhere(here, T0 + 66_000).deadline).toBe(T0 + 65_000);
    expect(readElsewhere(incoming, T0 + 66_000).deadline).toBe(T0 + 66_000);
    expect(readElsewhere(syncedMessage(original, 7), 3).deadline).toBe(7);
  });

  it('never goes back in what is known of its way', () => {
    const delivered = receipted(outgoingMessage(original), 'read');
    expect(accepted(delivered, { devices: [1] }, T0)).toMatchObject({ state: 'read', deadline: T0 + 60_000 });
    expect(receipted(delivered, 'delivered').state).toBe('read');
    expect(receipted(incoming, 'read').state).toBe('unread');
  });
});

describe('a timer', () => {
  const timer: fc.Arbitrary<Timer> = fc.record({ seconds: fc.constantFrom(...TIMER_SECONDS), version: fc.nat(5) });

  it('is the same for everybody, in whatever order changes are learnt of', () => {
    const holds = fc.property(timer, timer, timer, (a, b, c) => {
      expect(mergedTimer(a, b)).toEqual(mergedTimer(b, a));
      expect(mergedTimer(mergedTimer(a, b), c)).toEqual(mergedTimer(a, mergedTimer(b, c)));
      expect(mergedTimer(a, a)).toEqual(a);
    });
    fc.assert(holds, { seed: 6, numRuns: 500 });
  });

  it('cannot be fixed for ever by a version that nobody can exceed', () => {
    const last = { seconds: 0, version: 0x7fff_ffff } as const;
    expect(mergedTimer(NO_TIMER, last)).toBe(NO_TIMER);
    expect(mergedTimer(NO_TIMER, changedTimer(NO_TIMER, 5))).toEqual({ seconds: 5, version: 1 });
  });
});

describe('a message id', () => {
  it('is a UUID of version 7 that tells its time', () => {
    for (const time of [0, 1, T0, 2 ** 48 - 1]) {
      const id = newMessageId(time);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(timeOf(id)).toBe(time);
    }
  });
});
