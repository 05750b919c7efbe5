import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { deviceKeys } from '../../../shared/store/device-keys.ts';
import { conditionFailed, recordingClient } from './sent.ts';

const PAIR = { identityKey: Uint8Array.of(1), connectKey: Uint8Array.of(2) };
const put = (sha256: string) => ({
  PutItemCommand: {
    TableName: 'DeviceLists',
    Item: { account: { S: `key#${sha256}` }, entry: { S: 'key' }, owner: { S: 'a' } },
    ConditionExpression: 'attribute_not_exists(#account) OR #owner = :owner',
    ExpressionAttributeNames: { '#account': 'account', '#owner': 'owner' },
    ExpressionAttributeValues: { ':owner': { S: 'a' } },
  },
});
const IDENTITY = put('S_USLzRFVMU73i67jNK349FgCtYxw4Wl18ziPHeFRZo');
const CONNECT = put('28G0yQD_5I1XW12lxjgEASX2XbD-PiRJS3bqmGRX2YY');

it('a reservation is one conditional write for each key', async () => {
  const client = recordingClient();
  client.stub.on(PutItemCommand).resolves({});
  expect(await deviceKeys(client.dynamo, 'DeviceLists').reserve('a', PAIR)).toBe(true);
  expect(client.sent()).toEqual([IDENTITY, CONNECT]);
});

it('a key that is taken ends it', async () => {
  const client = recordingClient();
  client.stub.on(PutItemCommand).rejects(conditionFailed());
  expect(await deviceKeys(client.dynamo, 'DeviceLists').reserve('a', PAIR)).toBe(false);
  expect(client.sent()).toEqual([IDENTITY]);
});
