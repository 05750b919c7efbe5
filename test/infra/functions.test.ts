import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { ENVIRONMENT } from '../../shared/environment.ts';
import { render } from '../support/render-intrinsics.ts';
import { JWT, SETTINGS, synthesize } from '../support/synthesize.ts';

const lambda = z.object({
  Architectures: z.array(z.string()),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  Handler: z.string(),
  LoggingConfig: z.object({ LogFormat: z.string(), LogGroup: z.unknown(), SystemLogLevel: z.string() }),
  MemorySize: z.number(),
  Role: z.unknown(),
  Runtime: z.string(),
  Timeout: z.number(),
  TracingConfig: z.optional(z.unknown()),
});

function functionsOf(stack: ReturnType<typeof synthesize>) {
  return stack.ofType('AWS::Lambda::Function').map(([id, { Properties }]) => ({ id, ...lambda.parse(Properties) }));
}

const stack = synthesize();
const functions = functionsOf(stack);

describe.each(functions)('$id', ({ id, ...properties }) => {
  it('runs on the tested runtime', () => {
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    expect(properties.TracingConfig).toBeUndefined();
  });

  it('answers before API Gateway gives up', () => {
    expect(properties.Timeout).toBeLessThanOrEqual(id.startsWith('FunctionsAuthorizer') ? 5 : 10);
  });

  it('logs to a group of its own, for a limited time, without a line per frame', () => {
    const logGroup = render(properties.LoggingConfig.LogGroup).slice(1, -1);
    expect(stack.resources[logGroup]?.Properties).toEqual({ RetentionInDays: SETTINGS.logRetentionDays });
    expect(functions.filter((other) => render(other.LoggingConfig.LogGroup) === `<${logGroup}>`)).toHaveLength(1);
    expect(properties.LoggingConfig).toMatchObject({ LogFormat: 'JSON', SystemLogLevel: 'WARN' });
  });

  it('has a role of its own', () => {
    expect(functions.filter((other) => render(other.Role) === render(properties.Role))).toHaveLength(1);
  });

  it('has nothing in its environment but names of tables, addresses and public settings', () => {
    const known = new Set<string>(Object.values(ENVIRONMENT));
    const values = new Set(['test', 'invite', 'none', '<WebSocketApi>']);
    for (const [name, value] of Object.entries(properties.Environment.Variables)) {
      expect(known).toContain(name);
      expect(
        values.has(render(value)) ||
          /^(<\w+Table>|(wss|https):\/\/<WebSocketApi>\.execute-api\.\S+)$/.test(render(value)),
      ).toBe(true);
    }
  });
});

describe('the addresses in the environment', () => {
  const variables = (of: typeof functions) => of.map(({ Environment }) => Environment.Variables);
  const valuesOf = (of: typeof functions, name: string) => [
    ...new Set(variables(of).flatMap((each) => (name in each ? [render(each[name])] : []))),
  ];

  it('are those of the API, and the same for all functions', () => {
    const host = '<WebSocketApi>.execute-api.eu-central-1.<AWS::URLSuffix>';
    expect(valuesOf(functions, ENVIRONMENT.endpoint)).toEqual([`wss://${host}/sotto`]);
    expect(valuesOf(functions, ENVIRONMENT.callbackUrl)).toEqual([`https://${host}/sotto`]);
  });

  it('clients sign the custom domain; functions post to the generated address, which needs no DNS record', () => {
    const domain = {
      name: 'chat.example.org',
      certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/one',
    };
    const withDomain = functionsOf(synthesize({ domain }));
    expect(valuesOf(withDomain, ENVIRONMENT.endpoint)).toEqual(['wss://chat.example.org']);
    expect(valuesOf(withDomain, ENVIRONMENT.callbackUrl)).toEqual(valuesOf(functions, ENVIRONMENT.callbackUrl));
  });

  it('the settings of a login reach the account function alone; who may join is said to clients, too', () => {
    const withLogin = functionsOf(synthesize({ admission: JWT }));
    const readersOf = (name: string) =>
      withLogin
        .filter(({ Environment }) => name in Environment.Variables)
        .map(({ id }) => id.replace(/[0-9A-F]{8}$/, ''));
    expect(valuesOf(withLogin, ENVIRONMENT.admission)).toEqual(['jwt']);
    expect(readersOf(ENVIRONMENT.admission)).toEqual(['FunctionsSessionFunction', 'FunctionsAccountFunction']);
    for (const [name, value] of [
      [ENVIRONMENT.jwtIssuer, JWT.issuer],
      [ENVIRONMENT.jwtAudience, JWT.audience],
      [ENVIRONMENT.jwksUrl, JWT.jwksUrl],
    ] as const) {
      expect(readersOf(name)).toEqual(['FunctionsAccountFunction']);
      expect(valuesOf(withLogin, name)).toEqual([value]);
    }
  });
});
