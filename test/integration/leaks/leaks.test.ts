import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { base64UrlEncode } from '../../../shared/protocol/base64url.ts';
import { SUBPROTOCOL } from '../../../shared/protocol/session.ts';
import { readRelaySecrets } from '../../../shared/store/relay-secrets.ts';
import { relayRegistry } from '../../../shared/store/relays.ts';
import { signGuestTicket } from '../../../shared/trust/ticket.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { asks, Gates } from '../../support/gates.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { TestClient } from '../../support/test-client.ts';
import { Witness } from '../../support/witness.ts';
import { attributesWith, type Planted, spellings } from './planted.ts';

const TABLES = ['DeviceLists', 'Connections', 'PreKeys', 'Mailbox', 'Ephemera', 'FrankingKeys', 'Relays'] as const;
/** Any address of 127/8 reaches this machine: this one is nobody else's. */
const ADDRESS = '127.9.8.7';
const AGENT = 'planted-user-agent';
const room = seededBytes('planted room');
const data = seededBytes('planted link data', 200);
const sha256 = (value: Uint8Array) => new Uint8Array(createHash('sha256').update(value).digest());

/** Where each kind of planted value may be kept: the attributes of docs/DESIGN.md, section 3, that are for it. Nothing else may hold one. */
const MAY_BE_IN: Readonly<Record<string, readonly string[]>> = {
  account: [
    'DeviceLists.account',
    'DeviceLists.owner',
    'DeviceLists.payload',
    'Connections.account',
    'PreKeys.device',
    'Mailbox.device',
    'Mailbox.message',
    'Mailbox.sender',
    'Ephemera.key',
  ],
  connection: ['Connections.connection', 'Ephemera.connection', 'Ephemera.part'],
  'call id': ['Ephemera.key'],
  'credentials of a relay': [],
  'secret of the relays': [],
  'message id': ['Mailbox.message'],
  ciphertext: ['Mailbox.ciphertext'],
  commitment: ['Mailbox.commitment'],
  'hash of a contact token': ['DeviceLists.tokens'],
  'hash of a room': ['Ephemera.key'],
  'text that a parser complains of': ['DeviceLists.signatures'],
  'contact token': [],
  ticket: [],
  room: [],
  'link data': [],
  'invite code': [],
  address: [],
  'user agent': [],
  'request id': [],
  'name of an unknown action': [],
};

const planted = new Map<string, Planted[]>(Object.keys(MAY_BE_IN).map((kind) => [kind, []]));
const plant = <Value extends Planted>(kind: string, value: Value): Value => {
  planted.get(kind)?.push(value);
  return value;
};

const gates = new Gates();
const witness = new Witness();
let cloud: Sotto;
let tables: DeploymentTables;
let acknowledged: Uint8Array;

beforeAll(async () => {
  cloud = await startSotto({ hooks: gates.hooks, observe: witness.observe });
  tables = new DeploymentTables(cloud);
  const alice = await Person.create(cloud.url, 'alice');
  const bob = await Person.create(cloud.url, 'bob', 2);
  for (const person of [alice, bob]) {
    plant('account', person.id);
    plant('contact token', person.token);
    plant('hash of a contact token', sha256(person.token));
  }
  const from = await open(alice);
  const to = await open(bob);
  await workAsUsual(alice, bob, from, to);
  await call(from, to);
  await goWrong(alice, bob, from, to);
  for (const seen of witness.seen) if (seen.type === 'connection') plant('connection', seen.connectionId);
}, 180_000);
afterAll(async () => {
  tables?.close();
  await cloud?.close();
});

/** A connection from the planted address, by the planted browser. */
async function open(person: Person): Promise<TestClient> {
  return TestClient.over(
    new WebSocket(cloud.url, [SUBPROTOCOL, plant('ticket', person.ticket(1))], {
      localAddress: ADDRESS,
      headers: { 'user-agent': AGENT },
    }),
  );
}

async function workAsUsual(alice: Person, bob: Person, from: TestClient, to: TestClient): Promise<void> {
  plant('address', ADDRESS);
  plant('user agent', AGENT);
  plant('room', room);
  plant('hash of a room', base64UrlEncode(sha256(room)));
  plant('link data', data);
  for (let i = 0; i < 3; i++) {
    const message = alice.messageTo(bob);
    plant('message id', message.message);
    plant('commitment', message.commitment);
    for (const { ciphertext } of message.devices) plant('ciphertext', ciphertext);
    await from.request('message.send', message);
  }
  const { messages } = await to.request('message.pull', {});
  const [first] = messages;
  if (!first) throw new Error('no mail');
  acknowledged = first.ciphertext;
  const { message, sender, senderDevice } = first;
  await to.request('message.ack', { messages: [{ message, sender, senderDevice }] });
  await bob.publishPreKeys(to, 1, 1, 100, 12);
  const devices = bob.account.content.devices.map(({ id, registration }) => ({ device: id, registration }));
  await from.request('prekeys.fetch', { account: bob.id, token: bob.token, devices });
  await from.request('account.lists', { account: bob.id, token: bob.token, after: 0 });
  await from.request('link.open', { room });
  await to.request('link.open', { room });
  await from.request('link.send', { room, data });
  const guest = await TestClient.open(
    cloud.url,
    plant('ticket', signGuestTicket(seededBytes('g'), cloud.url, Date.now())),
  );
  await guest.request('hello', { ticket: plant('ticket', alice.ticket(1)) });
  const invited = { list: alice.account.list, prekeys: alice.preKeysOf(1), tokens: [] };
  await guest.request('account.create', { ...invited, admission: plant('invite code', 'planted-invite-code') });
  await guest.close();
}

/** A call that one device of each side takes, over a relay. */
async function call(from: TestClient, to: TestClient): Promise<void> {
  const registry = relayRegistry(tables.dynamo, tables.name('Relays'), () => Date.now() + 60_000);
  const address = '192.0.2.7';
  const ports = { udp: 3478, tcp: 3478 };
  await registry.register({ relay: 'one', address, ports, zone: 'a', started: 0, load: 0, secrets: ['00000000'] });
  const [secret] = readRelaySecrets(cloud.vault.get(cloud.secrets.RelaySecret ?? '')?.text);
  plant('secret of the relays', secret?.value ?? '');
  const id = plant('call id', seededBytes('planted call', 16));
  await to.request('call.claim', { call: id });
  for (const party of [from, to]) {
    const { relays } = await party.request('relay.credentials', { call: id });
    for (const { username, password } of relays) {
      for (const value of [username, password]) plant('credentials of a relay', value);
    }
  }
  gates.dynamoDb.fail(asks('PutItem', 'relay-choice#'), ...Array(3).fill({ kind: 'throttled' }));
  const other = plant('call id', seededBytes('another planted call', 16));
  await expect(from.request('relay.credentials', { call: other })).rejects.toMatchObject({ code: 'unavailable' });
}

/** Refusals, failures of what the functions need, and damage: each writes something else to the log. */
async function goWrong(alice: Person, bob: Person, from: TestClient, to: TestClient): Promise<void> {
  const action = plant('name of an unknown action', 'planted.action');
  const id = plant('request id', 'planted-request-id');
  await expect(from.raw(id, JSON.stringify({ action, id }))).rejects.toThrow();
  await expect(from.raw(id, JSON.stringify({ action: 'message.pull', id, [action]: bob.id }))).rejects.toThrow();
  await expect(from.request('account.lists', { account: bob.id, after: 0 })).rejects.toThrow();
  const throttled = Array.from({ length: 3 }, () => ({ kind: 'throttled' as const }));
  gates.dynamoDb.fail(asks('PutItem', `${bob.id}#1#`), ...throttled);
  await expect(from.request('message.send', alice.messageTo(bob))).rejects.toMatchObject({ code: 'unavailable' });
  gates.dynamoDb.fail(asks('PutItem', `${bob.id}#1#`), { kind: 'crash', applied: true });
  await expect(from.request('message.send', alice.messageTo(bob))).rejects.toThrow();
  gates.dynamoDb.fail(asks('UpdateItem', alice.id), ...throttled);
  await expect(alice.connect(1)).rejects.toThrow();
  gates.dynamoDb.fail(asks('GetItem', alice.id), ...throttled);
  await expect(alice.connect(1)).rejects.toThrow();
  const damaged = { device: { S: `${bob.id}#1#${bob.account.device(1).registration}` }, message: { S: 'z' } };
  const item = { ...damaged, expires: { N: String(Math.floor(Date.now() / 1000) + 600) } };
  await tables.dynamo.send(new PutItemCommand({ TableName: tables.name('Mailbox'), Item: item }));
  await expect(to.request('message.pull', {})).rejects.toMatchObject({ code: 'internal' });
  // The message of a JSON parser quotes what it could not read.
  const text = plant('text that a parser complains of', 'planted:x');
  await tables.dynamo.send(
    new UpdateItemCommand({
      TableName: tables.name('DeviceLists'),
      Key: { account: { S: bob.id }, entry: { S: 'list#00000002' } },
      UpdateExpression: 'SET signatures = :text',
      ExpressionAttributeValues: { ':text': { S: text } },
    }),
  );
  const lists = { account: bob.id, token: bob.token, after: 0 };
  await expect(from.request('account.lists', lists)).rejects.toMatchObject({ code: 'internal' });
}

const each = [...planted.keys()];

describe('what clients bring along', () => {
  it('has been planted, and the log has lines about successes, refusals and failures', () => {
    expect([...planted].filter(([, values]) => values.length === 0)).toEqual([]);
    const log = cloud.log.join('');
    for (const code of ['ok', 'unknown-account', 'unavailable', 'internal', 'unknown-action', 'bad-request']) {
      expect(log).toContain(`"code":"${code}"`);
    }
    expect(log).toContain('"level":"ERROR"');
    expect(log).toContain('Runtime.ExitError');
  });

  it.each(each)('%s: is in no log line and no metric', (kind) => {
    const values = planted.get(kind) ?? [];
    const lines = cloud.log.filter((line) => values.flatMap(spellings).some((spelling) => line.includes(spelling)));
    expect(lines).toEqual([]);
  });

  it.each(each)('%s: is kept only where the design says', async (kind) => {
    const found = new Set<string>();
    for (const table of TABLES) {
      for (const item of await tables.scan(table)) {
        for (const value of planted.get(kind) ?? []) {
          for (const attribute of attributesWith(item, value)) found.add(`${table}.${attribute}`);
        }
      }
    }
    expect([...found].sort()).toEqual([...(MAY_BE_IN[kind] ?? [])].sort());
  });

  it('is gone from everywhere when it is acknowledged', async () => {
    const items = (await Promise.all(TABLES.map((table) => tables.scan(table)))).flat();
    expect(items.filter((item) => attributesWith(item, acknowledged).length > 0)).toEqual([]);
  });
});

describe('traces', () => {
  it('are made by nothing that is deployed', () => {
    const template = readFileSync(join(cloud.assembly, 'Sotto-dev.template.json'), 'utf8');
    expect(template).not.toMatch(/Tracing|XRay|xray/);
  });
});

describe('docs/DESIGN.md', () => {
  it('names every attribute that may hold a planted value, under its table', () => {
    const design = readFileSync(join(import.meta.dirname, '../../../docs/DESIGN.md'), 'utf8');
    const sections = new Map(design.split('\n### ').map((section) => [section.split(/\W/, 1)[0], section]));
    for (const place of Object.values(MAY_BE_IN).flat()) {
      const [table = '', attribute] = place.split('.');
      expect(sections.get(table), place).toContain(`\`${attribute}\``);
    }
  });
});
