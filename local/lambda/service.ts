import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import type { Hooks, InvocationFault } from '../faults/hooks.ts';
import type { Observe } from '../faults/observation.ts';
import type { FunctionSpec } from '../template/functions.ts';
import { Environment, type Outcome } from './environment.ts';
import type { FunctionError } from './messages.ts';
import { type Lease, Pool } from './pool.ts';

export interface LambdaOptions {
  functions: readonly FunctionSpec[];
  /** All environment variables of a function, those that Lambda itself adds included. */
  variables: (spec: FunctionSpec) => Record<string, string>;
  clock: Clock;
  hooks: Hooks;
  observe: Observe;
  /** Gets each line that a function writes, and each error it ends with. */
  log: (text: string) => void;
}

/** Runs the functions of the template, each invocation in an environment of its own. */
export class LambdaService {
  readonly #options: LambdaOptions;
  readonly #functions = new Map<string, { spec: FunctionSpec; pool: Pool }>();

  constructor(options: LambdaOptions) {
    this.#options = options;
    const { clock, variables, log } = options;
    for (const spec of options.functions) {
      const prefixed = (text: string): void => log(`[${spec.logicalId}] ${text.trimEnd()}\n`);
      const pool = new Pool(spec, clock, () => new Environment(spec, variables(spec), prefixed));
      this.#functions.set(spec.arn, { spec, pool });
    }
  }

  /** Environments that live now, by the logical id of their function. */
  get environments(): Record<string, number> {
    return Object.fromEntries([...this.#functions.values()].map(({ spec, pool }) => [spec.logicalId, pool.size]));
  }

  /**
   * Invokes a function and waits for its answer. It never rejects: what goes wrong inside is an outcome, as for callers of Lambda.
   * @param trigger the route key, `authorizer` or `schedule`; for observers and hooks only
   */
  async invoke(functionArn: string, trigger: string, event: unknown): Promise<Outcome> {
    const found = this.#functions.get(functionArn);
    if (!found) return failed('ResourceNotFoundException', `Function not found: ${functionArn}`);
    const { spec, pool } = found;
    const { hooks, observe } = this.#options;
    const fault = await hooks.invocation?.({ functionId: spec.logicalId, trigger, event });
    if (spec.reservedConcurrency !== undefined && pool.invocations >= spec.reservedConcurrency) {
      return failed('TooManyRequestsException', 'Rate Exceeded.');
    }
    if (fault) observe({ type: 'fault', at: 'invocation', kind: fault.kind });
    const started = performance.now();
    const lease = await pool.acquire(fault?.kind === 'cold start');
    const outcome = await this.#run(spec, lease, JSON.stringify(event), fault);
    pool.release(lease.environment);
    observe({
      type: 'invocation',
      functionId: spec.logicalId,
      trigger,
      coldStart: lease.coldStart,
      milliseconds: performance.now() - started,
      ...(outcome.ok ? {} : { error: outcome.error.errorType }),
    });
    if (!outcome.ok) this.#options.log(`[${spec.logicalId}] ERROR ${describe(outcome.error)}\n`);
    return outcome;
  }

  /** Kills an environment in the middle of what it is doing. */
  async kill(environmentId: string): Promise<void> {
    for (const { pool } of this.#functions.values()) await pool.find(environmentId)?.kill();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#functions.values()].map(({ pool }) => pool.close()));
  }

  async #run(
    spec: FunctionSpec,
    { environment }: Lease,
    event: string,
    fault: InvocationFault | undefined,
  ): Promise<Outcome> {
    const initialized = await environment.initialized;
    if (!initialized.ok) return initialized;
    const outcome = await this.#once(spec, environment, event);
    if (fault?.kind === 'crash') await environment.kill();
    if (fault?.kind === 'crash') return failed('Runtime.ExitError', 'the environment died before its answer was out');
    if (fault?.kind === 'repeated' && !environment.dead) return this.#once(spec, environment, event);
    return outcome;
  }

  async #once(spec: FunctionSpec, environment: Environment, event: string): Promise<Outcome> {
    const requestId = randomUUID();
    const milliseconds = spec.timeoutSeconds * 1000;
    const { clock } = this.#options;
    const cancel = clock.after(milliseconds, () => {
      const errorMessage = `${requestId} Task timed out after ${spec.timeoutSeconds.toFixed(2)} seconds`;
      void environment.kill({ errorType: 'Sandbox.Timedout', errorMessage, stackTrace: [] });
    });
    const ahead = clock === systemClock ? 0 : clock.now() - Date.now();
    const outcome = await environment.invoke({ requestId, event, deadline: clock.now() + milliseconds, ahead });
    cancel();
    return outcome;
  }
}

function failed(errorType: string, errorMessage: string): Outcome {
  return { ok: false, error: { errorType, errorMessage, stackTrace: [] } };
}

function describe({ errorType, errorMessage, stackTrace }: FunctionError): string {
  return [`${errorType}: ${errorMessage}`, ...stackTrace].join('\n');
}
