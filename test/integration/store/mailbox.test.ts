import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mail, type Mailbox, mailbox } from '../../../shared/store/mailbox.ts';
import { seededBytes } from '../../support/identities.ts';
import { messageId } from '../../support/people.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
let mail: Mailbox;
const clock = { time: 1_800_000_000_000 };
beforeAll(async () => {
  tables = await startTables();
  mail = mailbox(tables.dynamo, tables.names.mailbox, () => clock.time);
});
afterAll(() => tables.close());

const SENDER = '00000000-0000-8000-8000-000000000000';
const device = (account: string) => ({ account, device: 1, registration: 7 });
const copy = (label: string, changes: Partial<Mail> = {}): Mail => ({
  message: messageId(label, clock.time),
  sender: SENDER,
  senderDevice: 1,
  type: 2,
  ciphertext: seededBytes(label, 100),
  commitment: seededBytes('commitment'),
  stamp: seededBytes('stamp'),
  week: 3,
  received: clock.time,
  urgent: true,
  expires: clock.time / 1000 + 60,
  ...changes,
});

async function everything(of: { account: string; device: number; registration: number }): Promise<Mail[]> {
  const found: Mail[] = [];
  let after: string | undefined;
  do {
    const page = await mail.page(of, after);
    found.push(...page.mail);
    after = page.next;
  } while (after !== undefined);
  return found;
}

it('a copy put by many at once is stored once, and all are told of the same one', async () => {
  const to = device('put once');
  const attempts = Array.from({ length: 20 }, (_, i) => copy('m', { stamp: seededBytes(`stamp ${i}`) }));
  const kept = await Promise.all(attempts.map((attempt) => mail.put(to, attempt)));
  expect(new Set(kept.map(({ stamp }) => stamp.join())).size).toBe(1);
  expect(await everything(to)).toEqual([kept[0]]);
});

it('an expired copy that is still there is not in the way of a new one', async () => {
  const to = device('expired');
  await mail.put(to, copy('m', { expires: clock.time / 1000 }));
  const fresh = copy('m', { stamp: seededBytes('new stamp') });
  expect(await mail.put(to, fresh)).toEqual(fresh);
});

it('what expires is gone at that second, whether or not it was deleted', async () => {
  const to = device('expiry');
  await mail.put(to, copy('m', { expires: clock.time / 1000 + 1 }));
  expect(await everything(to)).toHaveLength(1);
  clock.time += 999;
  expect(await everything(to)).toHaveLength(1);
  clock.time += 1;
  expect(await everything(to)).toEqual([]);
  expect(await tables.scan('mailbox')).not.toEqual([]);
});

it('pages give everything in order and cost the same however much is waiting', async () => {
  const to = device('pages');
  const all = Array.from({ length: 60 }, (_, i) => copy(`m${i}`, { message: messageId(`m${i}`, clock.time + i) }));
  await Promise.all(all.map((one) => mail.put(to, one)));
  expect((await mail.page(to)).mail).toHaveLength(25);
  expect(await everything(to)).toEqual(all);
});

it('deletes exactly what is named', async () => {
  const to = device('ack');
  const [one, two, three] = [copy('a'), copy('b'), copy('a', { senderDevice: 2 })];
  for (const each of [one, two, three]) await mail.put(to, each);
  await mail.remove(to, [one, copy('never stored')]);
  expect(await everything(to)).toHaveLength(2);
  expect(await everything(to)).toEqual(expect.arrayContaining([two, three]));
});

it('removes everything of one installation and nothing of the next', async () => {
  const to = device('remove all');
  const successor = { ...to, registration: 8 };
  await Promise.all(Array.from({ length: 130 }, (_, i) => mail.put(to, copy(`m${i}`))));
  await mail.put(successor, copy('m'));
  await mail.removeAll(to);
  expect(await everything(to)).toEqual([]);
  expect(await everything(successor)).toHaveLength(1);
});
