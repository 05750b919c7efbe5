import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../shared/protocol/actions.ts';
import { type DeployedFunctions, startFunctions } from '../../support/deployed-functions.ts';
import { type Person, signUp } from '../../support/people.ts';

const ROUTES = [...Object.keys(ACTIONS), '$default'];
const TABLES = ['deviceLists', 'connections', 'preKeys', 'mailbox', 'ephemera'] as const;

let functions: DeployedFunctions;
let person: Person;
beforeAll(async () => {
  functions = await startFunctions();
  person = await signUp(functions, 'bad input');
});
afterAll(() => functions.close());

const everything = () => Promise.all(TABLES.map((table) => functions.tables.scan(table)));

async function answerTo(route: string, text: string): Promise<{ id: unknown; code: string; keys: string[] }> {
  const { id, ok, error } = JSON.parse(await person.connection.frame(route, text));
  return { id, code: ok === false ? error.code : 'ok', keys: Object.keys(error ?? {}) };
}

describe.each(ROUTES)('%s', (action) => {
  it.each([
    ['nothing', '', 'bad-frame', null],
    ['not JSON', '{', 'bad-frame', null],
    ['no object', '[]', 'bad-frame', null],
    ['null', 'null', 'bad-frame', null],
    ['no action', '{"id":"a"}', 'unknown-action', 'a'],
    ['an unknown action', '{"id":"a","action":"account.delete"}', 'unknown-action', 'a'],
    ['the name of an inherited property', '{"id":"a","action":"toString"}', 'unknown-action', 'a'],
    ['an action that is no text', '{"id":"a","action":{}}', 'unknown-action', 'a'],
    ['a frame that is too long', JSON.stringify({ action, id: 'a', filler: 'x'.repeat(32_000) }), 'bad-frame', null],
    ['a prototype key', `{"id":"a","action":"${action}","__proto__":{"a":1}}`, 'bad-frame', null],
    ['a prototype key further down', `{"id":"a","action":"${action}","x":[{"constructor":1}]}`, 'bad-frame', null],
  ])('with %s', async (_name, text, code, id) => {
    const before = await everything();
    expect(await answerTo(action, text)).toEqual({ id, code, keys: expect.arrayContaining(['code', 'message']) });
    expect(await everything()).toEqual(before);
  });
});

describe.each(Object.keys(ACTIONS))('%s', (action) => {
  it.each([
    ['an unknown field', { id: 'a', surprise: 1 }, 'a'],
    ['an id of the wrong type', { id: 7 }, null],
    ['an id that is too long', { id: 'x'.repeat(37) }, null],
    ['no id', {}, null],
  ])('with %s', async (_name, fields, id) => {
    const before = await everything();
    const answer = await answerTo(action, JSON.stringify({ action, ...fields }));
    expect(answer).toMatchObject({ id, code: 'bad-request' });
    expect(answer.keys).toContain('reason');
    expect(await everything()).toEqual(before);
  });
});

it('a frame that the gateway brought to another function is unknown there', async () => {
  const text = JSON.stringify({ action: 'message.pull', id: 'a' });
  expect(await answerTo('hello', text)).toMatchObject({ id: 'a', code: 'unknown-action' });
  expect(await answerTo('account.fresh', text)).toMatchObject({ id: 'a', code: 'unknown-action' });
});

it('logs carry the action and the code, and nothing of whom or what', () => {
  const { account } = person.account;
  expect(functions.log.length).toBeGreaterThan(0);
  for (const line of functions.log) {
    expect(line).not.toContain(account);
    expect(line).not.toContain(person.connection.id);
  }
  const metric = JSON.parse(functions.log.at(-1) ?? '{}');
  expect(metric).toMatchObject({ stage: 'test', action: 'message.pull', code: 'unknown-action' });
});
