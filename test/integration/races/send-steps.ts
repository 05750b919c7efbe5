import type { DynamoDbCall } from '../../../local/faults/hooks.ts';
import type { ReplyOf, RequestOf } from '../../../shared/protocol/actions.ts';
import type { Gates } from '../../support/gates.ts';
import type { TestClient } from '../../support/test-client.ts';

/**
 * Where something may happen during a send: before the copies are stored, between that and the reading of who is there, between that and
 * the push, after the reply.
 */
export const PLACES = [0, 1, 2, 3] as const;
export type Place = (typeof PLACES)[number];

/** Every order of two things of which the first comes first. */
export const ORDERS = PLACES.flatMap((first) =>
  PLACES.filter((second) => second >= first).map((second) => [first, second] as const),
);

/** Sends a message and lets `happen` run at each place, while the send stands still. */
export async function sendInSteps(
  gates: Gates,
  client: TestClient,
  message: Omit<RequestOf<'message.send'>, 'action' | 'id'>,
  happen: (place: Place) => Promise<void>,
): Promise<ReplyOf<'message.send'>> {
  const storing = gates.dynamoDb.hold((call) => isOfMessages(call) && call.operation === 'PutItem');
  const reading = gates.dynamoDb.hold((call) => isOfMessages(call) && readsPresenceOf(call, message.to));
  const pushing = gates.management.hold(isOfMessages);
  const reply = client.request('message.send', message);
  await Promise.race([storing.arrived, reply]);
  await happen(0);
  storing.release();
  await Promise.race([reading.arrived, reply]);
  await happen(1);
  reading.release();
  await Promise.race([pushing.arrived, reply]);
  await happen(2);
  pushing.release();
  const answer = await reply;
  await happen(3);
  return answer;
}

function isOfMessages({ functionId }: { readonly functionId: string }): boolean {
  return functionId.includes('Message');
}

/** Which tells the second reading from the first: that one reads the presence of the sender. */
function readsPresenceOf({ operation, request }: DynamoDbCall, account: string): boolean {
  if (operation !== 'BatchGetItem') return false;
  const tables = Object.entries(Object(request.RequestItems));
  return tables.some(([table, keys]) => table.includes('Connections') && JSON.stringify(keys).includes(account));
}
