import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { LambdaService } from '../lambda/service.ts';
import type { Api, Integration } from '../template/api.ts';
import type { MayInvoke } from '../template/permissions.ts';
import { executeApiArn } from './events.ts';

const ProxyResponse = z.object({
  statusCode: z.number(),
  headers: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  body: z.optional(z.string()),
});

export type ProxyResponse = z.infer<typeof ProxyResponse>;

/** What came of an integration. `status`: how API Gateway tells the client of a failure while there is no connection yet. */
export type IntegrationResult = { ok: true; response: ProxyResponse } | { ok: false; status: 500 | 502 | 504 };

/** API Gateway waits this long for an authorizer, milliseconds. */
const AUTHORIZER_TIMEOUT = 29_000;

/** Calls functions on behalf of routes and of the authorizer, as far as their resource policies let API Gateway do so. */
export class Integrations {
  readonly #api: Api;
  readonly #lambda: LambdaService;
  readonly #mayInvoke: MayInvoke;
  readonly #clock: Clock;
  readonly #log: (text: string) => void;

  constructor(api: Api, lambda: LambdaService, mayInvoke: MayInvoke, clock: Clock, log: (text: string) => void) {
    this.#api = api;
    this.#lambda = lambda;
    this.#mayInvoke = mayInvoke;
    this.#clock = clock;
    this.#log = log;
  }

  async callRoute(routeKey: string, integration: Integration, event: unknown): Promise<IntegrationResult> {
    if (integration.type === 'constant') {
      const body = integration.reply === undefined ? {} : { body: integration.reply };
      return { ok: true, response: { statusCode: 200, ...body } };
    }
    const source = executeApiArn(this.#api, `${this.#api.stage}/${routeKey}`);
    const called = await this.#call(integration.functionArn, source, routeKey, event, integration.timeoutMs);
    if (!called.ok) return called;
    const response = ProxyResponse.safeParse(called.value);
    if (response.success) return { ok: true, response: response.data };
    this.#log(
      `${routeKey}: the function's answer is not { statusCode, headers?, body? } (malformed Lambda proxy response)\n`,
    );
    return { ok: false, status: 502 };
  }

  /** `value` is undefined when the function failed; `unauthorized` when it threw the very word that API Gateway knows. */
  async callAuthorizer(
    functionArn: string,
    authorizerId: string,
    event: unknown,
  ): Promise<{ unauthorized: boolean; value?: unknown }> {
    const source = executeApiArn(this.#api, `authorizers/${authorizerId}`);
    const called = await this.#call(functionArn, source, 'authorizer', event, AUTHORIZER_TIMEOUT);
    if (called.ok) return { unauthorized: false, value: called.value };
    return { unauthorized: called.message === 'Unauthorized' };
  }

  async #call(
    functionArn: string,
    source: string,
    trigger: string,
    event: unknown,
    timeoutMs: number,
  ): Promise<{ ok: true; value: unknown } | { ok: false; status: 500 | 502 | 504; message: string }> {
    if (!this.#mayInvoke('apigateway.amazonaws.com', source, functionArn)) {
      this.#log(`${trigger}: no Lambda permission lets API Gateway invoke ${functionArn} for ${source}\n`);
      return { ok: false, status: 500, message: 'Invalid permissions on Lambda function' };
    }
    const late = Promise.withResolvers<undefined>();
    const cancel = this.#clock.after(timeoutMs, () => late.resolve(undefined));
    const outcome = await Promise.race([this.#lambda.invoke(functionArn, trigger, event), late.promise]);
    cancel();
    // The function itself goes on: only nobody waits for it any more.
    if (!outcome) return { ok: false, status: 504, message: 'Endpoint request timed out' };
    if (!outcome.ok) return { ok: false, status: 502, message: outcome.error.errorMessage };
    return { ok: true, value: JSON.parse(outcome.payload) };
  }
}
