import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { FunctionSpec } from '../template/functions.ts';
import type { BootstrapData, EnvironmentMessage, FunctionError, InvokeMessage } from './messages.ts';

/** How an invocation ended: with the JSON of what the handler returned, or with an error. */
export type Outcome = { ok: true; payload: string } | { ok: false; error: FunctionError };

/** One Lambda environment: a worker thread that handles one event at a time and stands still in between. */
export class Environment {
  /** Travels as the session token of its AWS calls, so that these can be told apart. */
  readonly id = randomUUID();
  readonly #worker: Worker;
  readonly #sent = new SharedArrayBuffer(4);
  readonly #log: (text: string) => void;
  readonly #initialized = Promise.withResolvers<Outcome>();
  #current: PromiseWithResolvers<Outcome> | undefined;
  #dead = false;

  /** @param variables the environment variables; the worker sees no others, above all no credentials of the host */
  constructor(spec: FunctionSpec, variables: Record<string, string>, log: (text: string) => void) {
    this.#log = log;
    const data: BootstrapData = {
      codeDirectory: spec.codeDirectory,
      module: spec.handler.module,
      handlerName: spec.handler.name,
      functionName: spec.name,
      functionArn: spec.arn,
      memoryMegabytes: spec.memoryMegabytes,
      sent: this.#sent,
    };
    this.#worker = new Worker(new URL('./bootstrap.ts', import.meta.url), {
      workerData: data,
      env: { ...variables, AWS_SESSION_TOKEN: this.id },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMegabytes },
    });
    this.#worker.unref();
    this.#worker.on('message', (message: EnvironmentMessage) => this.#receive(message));
    this.#worker.on('error', (error) =>
      this.#die({ errorType: error.name, errorMessage: error.message, stackTrace: [] }),
    );
    this.#worker.on('exit', (code) => this.#die(exitError(code)));
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Resolves when the module is loaded, or with the error that prevented it. */
  get initialized(): Promise<Outcome> {
    return this.#initialized.promise;
  }

  /** Handles one event. The environment must be initialized, alive and idle. */
  invoke(message: InvokeMessage): Promise<Outcome> {
    this.#current = Promise.withResolvers<Outcome>();
    // In this order: when the environment thaws, the message is there already, and what was left open gets no more time than it takes to read it.
    this.#worker.postMessage(message);
    const sent = new Int32Array(this.#sent);
    Atomics.add(sent, 0, 1);
    Atomics.notify(sent, 0);
    return this.#current.promise;
  }

  /** Ends the environment at once, whatever it is doing; a running invocation ends with this error. */
  async kill(error: FunctionError = exitError(137)): Promise<void> {
    this.#die(error);
    await this.#worker.terminate();
  }

  #receive(message: EnvironmentMessage): void {
    if (message.type === 'log') this.#log(message.text);
    else if (message.type === 'ready') this.#initialized.resolve({ ok: true, payload: 'null' });
    else if (message.type === 'init failed') void this.kill(message.error);
    else if (message.type === 'done') this.#current?.resolve({ ok: true, payload: message.payload });
    else this.#current?.resolve({ ok: false, error: message.error });
  }

  #die(error: FunctionError): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#initialized.resolve({ ok: false, error });
    this.#current?.resolve({ ok: false, error });
  }
}

function exitError(code: number): FunctionError {
  return { errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with exit status ${code}`, stackTrace: [] };
}
