import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { BatchGetItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

/*
 * What a send would be if it trusted everybody: the SDK calls of functions/message, with the same bytes, and nothing between them. The measure
 * of what checking, stamping and encoding cost.
 */

const limits = { maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 } };
const dynamo = new DynamoDBClient(limits);
const gateway = new ApiGatewayManagementApiClient({ ...limits, endpoint: process.env.SOTTO_CALLBACK_URL ?? '' });
const table = (name: string) => process.env[`${name}_TABLE`] ?? '';

interface Frame {
  readonly id: string;
  readonly message: string;
  readonly to: string;
  readonly commitment: string;
  readonly devices: readonly { readonly device: number; readonly registration: number; readonly ciphertext: string }[];
}

interface Event {
  readonly requestContext: { readonly authorizer: { readonly account: string; readonly device: string } };
  readonly body: string;
}

export async function handler({ requestContext, body }: Event) {
  const { account, device } = requestContext.authorizer;
  const frame: Frame = JSON.parse(body);
  await readHeadAnd(frame.to, [{ account: { S: account }, device: { N: device } }]);
  await dynamo.send(
    new UpdateItemCommand({
      TableName: table('EPHEMERA'),
      Key: { key: { S: `rate#send#${account}` }, part: { S: '0' } },
      UpdateExpression: 'ADD #used :cost SET #expires = :expires',
      ConditionExpression: 'attribute_not_exists(#used) OR #used <= :room',
      ExpressionAttributeNames: { '#used': 'used', '#expires': 'expires' },
      ExpressionAttributeValues: { ':cost': { N: '1' }, ':room': { N: '599' }, ':expires': { N: '0' } },
    }),
  );
  await Promise.all(frame.devices.map((one) => dynamo.send(put(frame, one, account, device))));
  await readHeadAnd(
    frame.to,
    frame.devices.map((one) => ({ account: { S: frame.to }, device: { N: String(one.device) } })),
  );
  await Promise.all(frame.devices.map((one) => gateway.send(post(frame, one, account, device))));
  const devices = frame.devices.map((one) => ({ device: one.device, status: 'stored', stamp: stamp() }));
  return { statusCode: 200, body: JSON.stringify({ id: frame.id, ok: true, devices, sequence: 2 }) };
}

function readHeadAnd(to: string, keys: { account: { S: string }; device: { N: string } }[]) {
  return dynamo.send(
    new BatchGetItemCommand({
      RequestItems: {
        [table('DEVICE_LISTS')]: { Keys: [{ account: { S: to }, entry: { S: 'head' } }], ConsistentRead: true },
        [table('CONNECTIONS')]: { Keys: keys, ConsistentRead: true },
      },
    }),
  );
}

function put(frame: Frame, one: Frame['devices'][number], account: string, device: string) {
  return new PutItemCommand({
    TableName: table('MAILBOX'),
    Item: {
      device: { S: `${frame.to}#${one.device}#${one.registration}` },
      message: { S: `${frame.message}#${account}#${device}` },
      sender: { S: account },
      senderDevice: { N: device },
      type: { N: '2' },
      ciphertext: { B: Buffer.from(one.ciphertext, 'base64url') },
      commitment: { B: Buffer.from(frame.commitment, 'base64url') },
      stamp: { B: new Uint8Array(32) },
      week: { N: '2968' },
      received: { N: String(Date.now()) },
      urgent: { BOOL: false },
      expires: { N: '0' },
    },
    ConditionExpression: 'attribute_not_exists(#message) OR #expires <= :now',
    ExpressionAttributeNames: { '#message': 'message', '#expires': 'expires' },
    ExpressionAttributeValues: { ':now': { N: String(Date.now()) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
}

function post({ message, commitment }: Frame, one: Frame['devices'][number], account: string, device: string) {
  const { ciphertext } = one;
  const event = { event: 'message', message, sender: account, senderDevice: device, type: 2, ciphertext, commitment };
  const frame = JSON.stringify({ ...event, stamp: stamp(), urgent: false, expires: 0, stored: true });
  return new PostToConnectionCommand({ ConnectionId: `connection-${one.device}=`, Data: Buffer.from(frame) });
}

const stamp = () => ({ week: 2968, time: Date.now(), tag: 'A'.repeat(43) });
