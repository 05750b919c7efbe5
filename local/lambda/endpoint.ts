import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../iam/callers.ts';
import { type Loopback, listenOnLoopback, readBody } from '../loopback.ts';
import type { FunctionSpec } from '../template/functions.ts';
import type { LambdaService } from './service.ts';

export interface LambdaEndpointOptions {
  functions: readonly FunctionSpec[];
  lambda: Pick<LambdaService, 'invoke'>;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  log: (text: string) => void;
}

interface Answer {
  status: number;
  body: string;
}

/** Lambda's limit for the event of an asynchronous invocation, bytes. */
const LONGEST_EVENT = 256 * 1024;

/** Lambda's own API, as far as the relay uses it: asynchronous invocations, judged by the caller's role. */
export function startLambdaEndpoint(options: LambdaEndpointOptions): Promise<Loopback> {
  return listenOnLoopback((request, response) => {
    serve(request, response, options).catch((error: unknown) => {
      options.log(`Lambda: ${String(error)}\n`);
      response.destroy();
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: LambdaEndpointOptions,
): Promise<void> {
  const body = await readBody(request, LONGEST_EVENT);
  const caller = options.callerOf(request, 'lambda');
  const { status, body: text } = caller
    ? answerTo(caller, request, body, options)
    : refusal(403, 'The security token included in the request is invalid.');
  if (status !== 202) options.log(`Lambda: ${text}\n`);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(text);
}

function answerTo(
  caller: Caller,
  request: IncomingMessage,
  body: string | undefined,
  { functions, lambda }: LambdaEndpointOptions,
): Answer {
  const name = /^\/2015-03-31\/functions\/([\w-]+)\/invocations$/.exec(request.url ?? '')?.[1];
  const found = functions.find((spec) => spec.name === name);
  if (!found) return refusal(404, 'Function not found.');
  const decision = caller.may('lambda:InvokeFunction', found.arn);
  if (!decision.allowed) return refusal(403, decision.reason);
  if (request.headers['x-amz-invocation-type'] !== 'Event')
    return refusal(400, 'The local cloud knows asynchronous invocations only.');
  const event = parse(body);
  if (event === undefined) return refusal(400, 'Could not parse request body into json.');
  // Its answer is for nobody, and what goes wrong in it is in the log.
  void lambda.invoke(found.arn, 'invocation', event);
  return { status: 202, body: '' };
}

function refusal(status: number, message: string): Answer {
  return { status, body: JSON.stringify({ Message: message }) };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
