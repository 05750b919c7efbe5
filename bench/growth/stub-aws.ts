import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod/mini';

/*
 * A process that answers like DynamoDB and the connections API with as little work as possible, so that what is measured is the caller. It is
 * told the items that reads find, and says its port.
 */

const key = z.record(z.string(), z.unknown());
const read = z.object({ TableName: z.optional(z.string()), Key: z.optional(key) });
const batch = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(key) })) });

/** By table and key. */
const items = new Map<string, unknown>();
const find = (table: string, wanted: unknown) => items.get(`${table} ${JSON.stringify(wanted)}`);

function answer(operation: string, body: string): unknown {
  if (operation === 'BatchGetItem') {
    const { RequestItems } = batch.parse(JSON.parse(body));
    const found = Object.entries(RequestItems).map(([table, { Keys }]) => [
      table,
      Keys.map((wanted) => find(table, wanted)).filter((item) => item !== undefined),
    ]);
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  }
  if (operation === 'GetItem') {
    const { TableName = '', Key } = read.parse(JSON.parse(body));
    return { Item: find(TableName, Key) };
  }
  return {};
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const text = JSON.stringify(answer(operation, Buffer.concat(chunks).toString()));
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  });
});

process.once('message', (given: [string, unknown][]) => {
  for (const [name, item] of given) items.set(name, item);
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
process.once('disconnect', () => process.exit());
