import { setTimeout as after } from 'node:timers/promises';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const database = new DynamoDBClient({ maxAttempts: 3 });
const gateway = new ApiGatewayManagementApiClient({ endpoint: process.env.CALLBACK_URL ?? '', maxAttempts: 1 });
const notes = process.env.NOTES_TABLE;
const counters = process.env.COUNTERS_TABLE;
let invocations = 0;
let ticks = 0;

type Body = Record<string, string | number | undefined>;

const routes: Record<string, (body: Body, event: APIGatewayProxyWebsocketEventV2) => Promise<unknown>> = {
  echo: async (body, event) => ({ text: body.text, event, invocations, now: Date.now(), date: new Date() }),
  $default: async (body) => ({ unknown: body.action }),
  silent: async () => ({ never: 'seen' }),
  env: async () => ({ env: process.env }),
  crash: async () => {
    throw new Error('a secret detail');
  },
  hoard: async () => {
    for (const kept: number[][] = []; ; ) kept.push(new Array<number>(100_000).fill(kept.length + 0.5));
  },
  exit: async () => process.exit(3),
  slow: async (body) => {
    await after(Number(body.milliseconds));
    return { slept: body.milliseconds };
  },
  /** A timer that outlives its invocation: frozen with the environment, it ticks only while another one runs. */
  leftovers: async () => {
    if (ticks === 0) setInterval(() => ticks++, 1);
    return { ticks, invocations };
  },
  note: async (body) => {
    const Item = {
      owner: { S: String(body.owner) },
      part: { S: String(body.part) },
      expires: { N: String(body.expires ?? 0) },
    };
    await database.send(new PutItemCommand({ TableName: notes, Item }));
    const { Item: read, ConsumedCapacity } = await database.send(
      new GetItemCommand({ TableName: notes, Key: { owner: Item.owner, part: Item.part }, ConsistentRead: true }),
    );
    return { stored: read?.part?.S, consumed: ConsumedCapacity };
  },
  count: async (body) => {
    const { Attributes } = await database.send(
      new UpdateItemCommand({
        TableName: counters,
        Key: { owner: { S: String(body.owner) }, part: { S: 'count' } },
        UpdateExpression: 'ADD amount :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return { amount: Number(Attributes?.amount?.N) };
  },
  /** Puts into Notes, which is granted, and into Counters, which is not: neither may happen. */
  forbidden: async (body) => {
    const Item = { owner: { S: String(body.owner) }, part: { S: 'transaction' } };
    await database.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName: notes, Item } }, { Put: { TableName: counters, Item } }],
      }),
    );
    return {};
  },
  post: async (body) => {
    const ConnectionId = String(body.to);
    try {
      if (body.method === 'GET') return await gateway.send(new GetConnectionCommand({ ConnectionId }));
      if (body.method === 'DELETE') await gateway.send(new DeleteConnectionCommand({ ConnectionId }));
      else await gateway.send(new PostToConnectionCommand({ ConnectionId, Data: String(body.data) }));
      return { posted: true };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { posted: false, name: error.name };
    }
  },
};

export async function handler(event: APIGatewayProxyWebsocketEventV2) {
  invocations++;
  const body: Body = JSON.parse(event.body ?? '{}');
  const reply = await routes[event.requestContext.routeKey]?.(body, event);
  return { statusCode: 200, body: JSON.stringify(reply) };
}
