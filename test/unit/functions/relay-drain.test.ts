import { beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../../../functions/relay-drain/drain.ts';
import type { PostOutcome } from '../../../shared/store/posts.ts';
import type { RelayRecord } from '../../../shared/store/relay-items.ts';
import { relayRecord } from '../../support/relays.ts';

const FRAME = JSON.stringify({ event: 'relay.draining', relay: 'one' });

let records: RelayRecord[];
let held: string[];
let posted: [string, string][];
let ended: [string, string][];
let outcomes: Record<string, PostOutcome>;
beforeEach(() => {
  records = [relayRecord('one', 0, { state: 'draining' }), relayRecord('two', 0)];
  held = ['a', 'b'];
  [posted, ended, outcomes] = [[], [], {}];
});

const tell = drain({
  registry: { list: async () => records },
  leases: {
    holders: async (relay) => (relay === 'one' ? held : ['somebody else']),
    end: async (relay, connection) => void ended.push([relay, connection]),
  },
  posts: {
    post: async (connection, frame) => {
      posted.push([connection, frame]);
      return outcomes[connection] ?? 'posted';
    },
  },
});

it('everybody who holds a lease of the relay is told, and nobody else', async () => {
  await tell({ relay: 'one' });
  expect(posted.map(([connection]) => connection)).toEqual(['a', 'b']);
  expect(posted.map(([, frame]) => JSON.parse(frame))).toEqual([JSON.parse(FRAME), JSON.parse(FRAME)]);
  expect(ended).toEqual([]);
});

it('hundreds are told, each once', async () => {
  held = Array.from({ length: 301 }, (_, i) => `connection ${i}`);
  await tell({ relay: 'one' });
  expect(posted.map(([connection]) => connection)).toEqual(held);
});

it('the lease of a connection that is gone is taken back', async () => {
  outcomes = { a: 'gone' };
  await tell({ relay: 'one' });
  expect(ended).toEqual([['one', 'a']]);
});

it('a post that failed makes Lambda invoke it again, after all others were told', async () => {
  outcomes = { a: 'failed' };
  await expect(tell({ relay: 'one' })).rejects.toMatchObject({ name: 'UnavailableError' });
  expect(posted).toHaveLength(2);
  expect(ended).toEqual([]);
});

it('a relay whose record is gone has drained', async () => {
  records = [];
  await tell({ relay: 'one' });
  expect(posted).toHaveLength(2);
});

it('calls are not chased away from a relay that works', async () => {
  records = [relayRecord('one', 0)];
  await tell({ relay: 'one' });
  expect(posted).toEqual([]);
});

describe('an invocation of another form', () => {
  it.each([
    {},
    { relay: '' },
    { relay: 'one#two' },
    { relay: 'one', more: 1 },
    null,
    'one',
  ])('%j is refused', async (event) => {
    await expect(tell(event)).rejects.toThrow();
    expect(posted).toEqual([]);
  });
});
