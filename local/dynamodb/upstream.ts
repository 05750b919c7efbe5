import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { readBody } from '../loopback.ts';
import type { Exception } from './faults.ts';

/** What the database answered. */
export interface Answer {
  status: number;
  body: string;
}

/** No answer of DynamoDB is longer than 16 MB (a batch read), bytes. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** All functions and this process are one account to the database; DynamoDB Local keeps a world of its own for each access key. */
export const DATABASE_KEY = 'SOTTO';

/** Sends requests on to the database over kept connections. */
export class Upstream {
  readonly #endpoint: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  send(headers: IncomingHttpHeaders, body: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const forwarded = {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': headers['x-amz-target'],
      'x-amz-date': headers['x-amz-date'],
      authorization: headers.authorization?.replace(/Credential=[^/]+/, `Credential=${DATABASE_KEY}`),
    };
    const outgoing = request(this.#endpoint, { method: 'POST', agent: this.#agent, headers: forwarded }, (response) => {
      readBody(response, LONGEST_ANSWER).then(
        (text) => resolve({ status: response.statusCode ?? 500, body: text ?? '' }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** An exception in the form that DynamoDB answers with. */
export function answerOf({ status, name, message, detail }: Exception): Answer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...detail }) };
}
