import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { Observe } from '../faults/observation.ts';
import type { Caller } from '../iam/callers.ts';
import { type Loopback, listenOnLoopback, readBody } from '../loopback.ts';
import type { SecretSpec } from '../template/secrets.ts';
import type { Vault } from './vault.ts';

export interface SecretsManagerOptions {
  secrets: readonly SecretSpec[];
  vault: Vault;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  clock: Clock;
  observe: Observe;
  log: (text: string) => void;
}

interface Answer {
  status: number;
  body: Readonly<Record<string, unknown>>;
}

/** Secrets Manager's limit for a value is 65,536 bytes. */
const LONGEST_REQUEST = 256 * 1024;

const getting = z.looseObject({ SecretId: z.string() });
const putting = z.object({
  SecretId: z.string(),
  SecretString: z.string().check(z.minLength(1), z.maxLength(65_536)),
  ClientRequestToken: z.optional(z.string()),
});

/** Secrets Manager, as far as functions use it: the current value of a secret, read and replaced, judged by the caller's role. */
export async function startSecretsManager(options: SecretsManagerOptions): Promise<Loopback> {
  return listenOnLoopback((request, response) => {
    serve(request, response, options).catch((error: unknown) => {
      options.log(`Secrets Manager: ${String(error)}\n`);
      response.destroy();
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: SecretsManagerOptions,
): Promise<void> {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const body = parse(await readBody(request, LONGEST_REQUEST));
  const caller = options.callerOf(request, 'secretsmanager');
  const answer = caller
    ? await answerTo(caller, operation, body, options)
    : exception('UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (caller) options.observe({ type: 'secret', functionId: caller.functionId, operation, status: answer.status });
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(answer.body));
}

async function answerTo(
  caller: Caller,
  operation: string,
  body: unknown,
  options: SecretsManagerOptions,
): Promise<Answer> {
  const named = getting.safeParse(body);
  if (!named.success) return exception('InvalidParameterException', 'The request names no secret.');
  const { SecretId } = named.data;
  const secret = options.secrets.find(({ arn, name }) => arn === SecretId || name === SecretId);
  const decision = caller.may(`secretsmanager:${operation}`, secret?.arn ?? SecretId);
  if (!decision.allowed) {
    options.log(`Secrets Manager: AccessDeniedException: ${decision.reason}\n`);
    return exception('AccessDeniedException', decision.reason);
  }
  if (!secret) return exception('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  if (operation === 'GetSecretValue') return get(secret, options);
  if (operation === 'PutSecretValue') return put(secret, body, options);
  return exception('UnknownOperationException', `The local cloud does not serve ${operation}.`);
}

function get({ arn, name }: SecretSpec, { vault }: SecretsManagerOptions): Answer {
  const current = vault.get(arn);
  if (!current) return exception('ResourceNotFoundException', 'The secret has no value.');
  const { id, text, created } = current;
  const version = { VersionId: id, VersionStages: ['AWSCURRENT'], CreatedDate: created / 1000 };
  return { status: 200, body: { ARN: arn, Name: name, SecretString: text, ...version } };
}

async function put({ arn, name }: SecretSpec, body: unknown, { vault, clock }: SecretsManagerOptions): Promise<Answer> {
  const parsed = putting.safeParse(body);
  if (!parsed.success) return exception('InvalidParameterException', 'The value of the secret is not a text.');
  const { SecretString: text, ClientRequestToken: id = randomUUID() } = parsed.data;
  const current = vault.get(arn);
  if (current?.id === id && current.text !== text) {
    return exception('ResourceExistsException', 'A version with this token has another value.');
  }
  // The SDK repeats a request whose answer was lost, with the same token.
  if (current?.id !== id) await vault.put(arn, { id, text, created: clock.now() });
  return { status: 200, body: { ARN: arn, Name: name, VersionId: id, VersionStages: ['AWSCURRENT'] } };
}

function exception(name: string, message: string): Answer {
  return { status: 400, body: { __type: name, Message: message, message } };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
