import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const database = new DynamoDBClient({});
const TableName = process.env.NOTES_TABLE;

type ConnectEvent = APIGatewayProxyWebsocketEventV2 & {
  headers?: Record<string, string>;
  requestContext: { authorizer?: { name?: string }; disconnectStatusCode?: number };
};

/** Keeps one item per open connection, so that tests see `$connect` and `$disconnect` in the table. */
export async function handler(event: ConnectEvent) {
  const { connectionId, routeKey, authorizer } = event.requestContext;
  const part = { S: `connection#${connectionId}` };
  const owner = { S: authorizer?.name ?? 'nobody' };
  if (routeKey === '$disconnect') {
    const status = { N: String(event.requestContext.disconnectStatusCode) };
    await database.send(new DeleteItemCommand({ TableName, Key: { owner, part } }));
    await database.send(new PutItemCommand({ TableName, Item: { owner, part: { S: 'gone' }, status } }));
    return { statusCode: 200 };
  }
  if (authorizer?.name === 'refused') return { statusCode: 409, body: 'not now' };
  if (authorizer?.name === 'broken') throw new Error('broken');
  await database.send(new PutItemCommand({ TableName, Item: { owner, part, context: { S: JSON.stringify(event) } } }));
  if (authorizer?.name === 'unnamed') return { statusCode: 200 };
  return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'fixture.v1' } };
}
