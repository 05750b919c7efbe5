import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const database = new DynamoDBClient({});

/** Counts how often the schedule called. */
export async function handler(event: { 'detail-type': string }): Promise<void> {
  await database.send(
    new UpdateItemCommand({
      TableName: process.env.COUNTERS_TABLE,
      Key: { owner: { S: 'clock' }, part: { S: event['detail-type'] } },
      UpdateExpression: 'ADD amount :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }),
  );
}
