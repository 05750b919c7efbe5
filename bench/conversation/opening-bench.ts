// Opening a conversation of 10,000 messages on a device that was just switched on: from the closed store to the messages on the screen.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conversations } from '../../client/conversation/conversations.ts';
import { outgoingMessage } from '../../client/conversation/message.ts';
import { conversations, messageKey, messages } from '../../client/conversation/records.ts';
import { newMessageId } from '../../client/device/message-id.ts';
import { openNodeStore } from '../../client/storage/node-store.ts';
import type { RecordWrite } from '../../client/storage/record-store.ts';
import { nodePlatform } from '../../client/transport/node-platform.ts';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { MemoryCourier, MemoryPost } from '../../test/support/memory-post.ts';
import type { Row } from '../row.ts';

const MESSAGES = 10_000;
/** What fills a large screen twice. */
const SHOWN = 100;
const ROUNDS = 11;
const ALICE = '11111111-1111-8111-8111-111111111111';
const BOB = '22222222-2222-8222-8222-222222222222';

export async function run(): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    await fill(directory);
    const figure = { unit: 'ms', lowerIsBetter: true } as const;
    return [
      {
        ...figure,
        name: `open a conversation of ${MESSAGES} messages`,
        value: await median(() => open(directory, SHOWN)),
        against: `its aim; the last ${SHOWN} are shown`,
        aim: 100,
      },
      {
        ...figure,
        name: `open it and read all of it`,
        value: await median(() => open(directory, MESSAGES)),
        against: 'nothing: only reported',
        aim: null,
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function median(work: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await work());
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

async function fill(directory: string): Promise<void> {
  const store = await openNodeStore(directory);
  const conversation = {
    account: BOB,
    standing: 'accepted',
    revision: 1,
    timer: { seconds: 0, version: 0 },
    mutedUntil: 0,
    draft: null,
  };
  await store.batch([{ put: conversations.name, key: { group: BOB }, value: utf8(JSON.stringify(conversation)) }]);
  const writes = Array.from({ length: MESSAGES }, (_, index): RecordWrite => {
    const id = newMessageId(1_700_000_000_000 + index * 60_000);
    const [from, to] = index % 2 === 0 ? [ALICE, BOB] : [BOB, ALICE];
    const text = `message ${index}: ${'something that people say to each other '.repeat(1 + (index % 4))}`;
    const head = { version: 1, id, from, to } as const;
    const original = { ...head, type: 'text', text, timer: { seconds: 0, version: 0 }, salt: 'A'.repeat(22) } as const;
    const record = { ...outgoingMessage(original), state: from === ALICE ? 'read' : 'seen' };
    return {
      put: messages.name,
      key: messageKey({ conversation: BOB, author: from, id }),
      value: utf8(JSON.stringify(record)),
    };
  });
  for (let from = 0; from < MESSAGES; from += 1_000) await store.batch(writes.slice(from, from + 1_000));
  await store.close();
}

/** Milliseconds. */
async function open(directory: string, limit: number): Promise<number> {
  const start = performance.now();
  const store = await openNodeStore(directory);
  const courier = new MemoryCourier(new MemoryPost(Date.now), ALICE, 1, store);
  const talk = await Conversations.open({ store, courier, platform: nodePlatform });
  const shown = await talk.messages(BOB, { limit });
  const time = performance.now() - start;
  if (shown.length !== limit) throw new Error('the conversation is not there');
  talk.close();
  await store.close();
  return time;
}
