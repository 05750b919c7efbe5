import { DeleteItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type RelayRecord, readRelay, relayAttributes, relayKey } from '../../../shared/store/relay-items.ts';
import { isUsable, relayRegistry } from '../../../shared/store/relays.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const NOW = 1_800_000_030_500;
const now = () => NOW;

const RECORD: RelayRecord = {
  relay: 'task-1',
  state: 'active',
  address: '192.0.2.7',
  ports: { udp: 3478, tcp: 3479, tls: 443 },
  tlsHost: 'turn.example.org',
  zone: 'euc1-az1',
  heartbeat: NOW,
  started: NOW - 1_000,
  load: 12,
  secrets: ['0a0b0c0d', '00000000'],
};
const ITEM = {
  fleet: { S: 'main' },
  relay: { S: 'task-1' },
  state: { S: 'active' },
  address: { S: '192.0.2.7' },
  ports: { M: { udp: { N: '3478' }, tcp: { N: '3479' }, tls: { N: '443' } } },
  tlsHost: { S: 'turn.example.org' },
  zone: { S: 'euc1-az1' },
  heartbeat: { N: String(NOW) },
  started: { N: String(NOW - 1_000) },
  load: { N: '12' },
  secrets: { L: [{ S: '0a0b0c0d' }, { S: '00000000' }] },
};

let client: ReturnType<typeof recordingClient>;
let registry: ReturnType<typeof relayRegistry>;
beforeEach(() => {
  client = recordingClient();
  registry = relayRegistry(client.dynamo, 'Relays', now);
});

describe('the item of a relay', () => {
  it('is the record, both ways', () => {
    expect({ ...relayKey('main', 'task-1'), ...relayAttributes(RECORD) }).toEqual(ITEM);
    expect(readRelay(ITEM)).toEqual(RECORD);
  });

  it('has no TLS where there is none', () => {
    const { tlsHost: _, ...plain } = { ...RECORD, ports: { udp: 3478, tcp: 3478 } };
    const item = { ...relayKey('main', 'task-1'), ...relayAttributes(plain) };
    expect(item).not.toHaveProperty('tlsHost');
    expect(readRelay(item)).toEqual(plain);
  });

  it('in a state that nobody knows is draining', () => {
    expect(readRelay({ ...ITEM, state: { S: 'resting' } }).state).toBe('draining');
  });

  it.each(['address', 'zone', 'heartbeat', 'load', 'ports', 'secrets'])('without %s is refused by name', (name) => {
    const { [name as 'zone']: _, ...rest } = ITEM;
    expect(() => readRelay(rest)).toThrow(name === 'ports' ? 'attribute M' : `attribute ${name}`);
  });
});

it.each([
  ['active and just heard of', { heartbeat: NOW }, true],
  ['active and heard of 29.999 s ago', { heartbeat: NOW - 29_999 }, true],
  ['active and not heard of for 30 s', { heartbeat: NOW - 30_000 }, false],
  ['draining', { state: 'draining' as const }, false],
])('a relay that is %s', (_name, change, usable) => {
  expect(isUsable({ ...RECORD, ...change }, NOW)).toBe(usable);
});

it('all relays are listed by one strong query, expired ones left out', async () => {
  client.stub.on(QueryCommand).resolves({ Items: [ITEM] });
  expect(await registry.list()).toEqual([RECORD]);
  expect(client.sent()).toEqual([
    {
      QueryCommand: {
        TableName: 'Relays',
        KeyConditionExpression: '#fleet = :fleet',
        FilterExpression: '#expires > :now',
        ExpressionAttributeNames: { '#fleet': 'fleet', '#expires': 'expires' },
        ExpressionAttributeValues: { ':fleet': { S: 'main' }, ':now': { N: '1800000030' } },
        ConsistentRead: true,
      },
    },
  ]);
});

describe('registering', () => {
  const { state: _state, heartbeat: _heartbeat, ...record } = RECORD;

  it('puts the relay in, active, for five minutes, unless it is there and draining', async () => {
    client.stub.on(PutItemCommand).resolves({});
    expect(await registry.register(record)).toBe(true);
    expect(client.sent()).toEqual([
      {
        PutItemCommand: {
          TableName: 'Relays',
          Item: { ...ITEM, expires: { N: '1800000330' } },
          ConditionExpression: 'attribute_not_exists(#relay) OR #state = :active OR #expires <= :now',
          ExpressionAttributeNames: { '#relay': 'relay', '#state': 'state', '#expires': 'expires' },
          ExpressionAttributeValues: { ':active': { S: 'active' }, ':now': { N: '1800000030' } },
        },
      },
    ]);
  });

  it('is refused to one that drains', async () => {
    client.stub.on(PutItemCommand).rejects(conditionFailed());
    expect(await registry.register(record)).toBe(false);
  });
});

describe('a heartbeat', () => {
  it('changes what the relay reports and not its state, and tells that', async () => {
    client.stub.on(UpdateItemCommand).resolves({ Attributes: { ...ITEM, state: { S: 'draining' } } });
    expect(await registry.beat('task-1', { load: 50, secrets: ['0a0b0c0d'] })).toBe('draining');
    expect(client.sent()).toEqual([
      {
        UpdateItemCommand: {
          TableName: 'Relays',
          Key: { fleet: { S: 'main' }, relay: { S: 'task-1' } },
          UpdateExpression: 'SET #heartbeat = :heartbeat, #load = :load, #secrets = :secrets, #expires = :expires',
          ConditionExpression: 'attribute_exists(#relay)',
          ExpressionAttributeNames: {
            '#relay': 'relay',
            '#heartbeat': 'heartbeat',
            '#load': 'load',
            '#secrets': 'secrets',
            '#expires': 'expires',
          },
          ExpressionAttributeValues: {
            ':heartbeat': { N: String(NOW) },
            ':load': { N: '50' },
            ':secrets': { L: [{ S: '0a0b0c0d' }] },
            ':expires': { N: '1800000330' },
          },
          ReturnValues: 'ALL_NEW',
        },
      },
    ]);
  });

  it('does not bring back a relay that was taken out', async () => {
    client.stub.on(UpdateItemCommand).rejects(conditionFailed());
    expect(await registry.beat('task-1', { load: 0, secrets: [] })).toBe('gone');
  });
});

it('draining sets the state of a relay that is there, and removing takes it out', async () => {
  client.stub.on(UpdateItemCommand).rejects(conditionFailed());
  client.stub.on(DeleteItemCommand).resolves({});
  await registry.drain('task-1');
  await registry.remove('task-1');
  const Key = { fleet: { S: 'main' }, relay: { S: 'task-1' } };
  expect(client.sent()).toEqual([
    {
      UpdateItemCommand: {
        TableName: 'Relays',
        Key,
        UpdateExpression: 'SET #state = :draining',
        ConditionExpression: 'attribute_exists(#relay)',
        ExpressionAttributeNames: { '#relay': 'relay', '#state': 'state' },
        ExpressionAttributeValues: { ':draining': { S: 'draining' } },
      },
    },
    { DeleteItemCommand: { TableName: 'Relays', Key } },
  ]);
});
