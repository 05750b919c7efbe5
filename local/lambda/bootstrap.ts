import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { BootstrapData, EnvironmentMessage, FunctionError, InvokeMessage } from './messages.ts';

/*
 * The inside of one Lambda environment, as the Node.js runtime: load the module once, then handle one event after the other and stand still in
 * between. It runs in a worker thread and imports nothing but types from the rest.
 */

type Handler = (event: unknown, context: unknown) => unknown;

const data: BootstrapData = workerData;
const port = parentPort;
if (!port) throw new Error('an environment runs only in a worker thread');
const sent = new Int32Array(data.sent);
let handled = 0;
const send = (message: EnvironmentMessage): void => port.postMessage(message);

// A worker's own streams hand their text on only while its event loop turns: lines written just before the environment stands still would be late.
const write = (chunk: string | Uint8Array): boolean => {
  send({ type: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
  return true;
};
process.stdout.write = write;
process.stderr.write = write;

const MachineDate = Date;
let ahead = 0;

/** Lets the functions follow a test's clock: one that lets a day pass must not leave them behind. With the machine's clock nothing is replaced. */
function follow(milliseconds: number): void {
  if (ahead === 0 && milliseconds === 0) return;
  ahead = milliseconds;
  const now = (): number => MachineDate.now() + ahead;
  globalThis.Date = new Proxy(MachineDate, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  });
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stackTrace: [] };
  return { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack ?? '').split('\n').slice(1) };
}

async function load(): Promise<Handler> {
  const candidates = ['.mjs', '.js', '.cjs'].map((ending) => join(data.codeDirectory, `${data.module}${ending}`));
  const file = candidates.find((candidate) => existsSync(candidate));
  if (!file) throw new Error(`Cannot find module '${data.module}'`);
  const handler: unknown = (await import(pathToFileURL(file).href))[data.handlerName];
  if (typeof handler !== 'function') throw new Error(`${data.module}.${data.handlerName} is undefined or not exported`);
  return (event, context) => handler(event, context);
}

function contextOf({ requestId, deadline }: InvokeMessage): unknown {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: data.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: data.functionArn,
    memoryLimitInMB: String(data.memoryMegabytes),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${data.functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function handle(handler: Handler, message: InvokeMessage): Promise<void> {
  handled++;
  follow(message.ahead);
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    send({ type: 'done', payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    send({ type: 'failed', error: describe(error) });
  }
  // Lambda freezes an environment between invocations: timers and sockets that were left open get no time until the next one.
  for (let known = Atomics.load(sent, 0); known <= handled; known = Atomics.load(sent, 0)) Atomics.wait(sent, 0, known);
}

try {
  const handler = await load();
  port.on('message', (message: InvokeMessage) => void handle(handler, message));
  send({ type: 'ready' });
} catch (error) {
  send({ type: 'init failed', error: describe(error) });
}
