import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import type { Item } from '../../../shared/store/items.ts';

/** A client that sends nothing, and the record of what it was asked to send: each command's name and its whole input, in order. */
export function recordingClient() {
  const dynamo = new DynamoDBClient({ region: 'eu-central-1' });
  const stub = mockClient(dynamo);
  const sent = () => stub.calls().map(({ args: [command] }) => ({ [command.constructor.name]: command.input }));
  return { dynamo, stub, sent };
}

/** What DynamoDB answers when a condition fails; `item` is what was there, when the command asked for it. */
export function conditionFailed(item?: Item): ConditionalCheckFailedException {
  const error = new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
  if (item) error.Item = item;
  return error;
}
