import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { render } from '../support/render-intrinsics.ts';
import { SETTINGS, type SynthesizedStack, synthesize } from '../support/synthesize.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/one';
const ACCESS_LOG_TYPES = ['AWS::ApiGateway::Account'];

const accessLogSettings = z.object({ DestinationArn: z.unknown(), Format: z.string() });

function stageOf(stack: SynthesizedStack): Readonly<Record<string, unknown>> {
  const stages = stack.ofType('AWS::ApiGatewayV2::Stage').map(([, { Properties }]) => Properties);
  expect(stages).toHaveLength(1);
  return stages[0] ?? {};
}

function typesOf(stack: SynthesizedStack): string[] {
  return Object.values(stack.resources).map(({ Type }) => Type);
}

describe('the API stage', () => {
  it('is deployed with every change and throttled as configured', () => {
    expect(stageOf(synthesize())).toMatchObject({
      StageName: 'sotto',
      AutoDeploy: true,
      DefaultRouteSettings: {
        ThrottlingRateLimit: SETTINGS.throttle.requestsPerSecond,
        ThrottlingBurstLimit: SETTINGS.throttle.burst,
      },
    });
  });

  it('has no setting that writes frames to a log', () => {
    const settings = z.looseObject({}).parse(stageOf(synthesize({ accessLog: true })).DefaultRouteSettings);
    expect(Object.keys(settings).toSorted()).toEqual(['ThrottlingBurstLimit', 'ThrottlingRateLimit']);
  });

  it('logs no access, and leaves the account alone, unless asked to', () => {
    const stack = synthesize();
    expect(stageOf(stack)).not.toHaveProperty('AccessLogSettings');
    expect(typesOf(stack)).not.toContain(ACCESS_LOG_TYPES[0]);
  });
});

describe('the access log', () => {
  const stack = synthesize({ accessLog: true });
  const { DestinationArn, Format } = accessLogSettings.parse(stageOf(stack).AccessLogSettings);

  it('tells nothing about who, from where and on which connection', () => {
    const variables = [...Format.matchAll(/\$context\.([\w.]+)/g)].map(([, variable]) => variable);
    expect(variables).toEqual([
      'requestTimeEpoch',
      'routeKey',
      'eventType',
      'status',
      'error.responseType',
      'integrationLatency',
      'extendedRequestId',
    ]);
  });

  it('is JSON on one line', () => {
    expect(Object.keys(JSON.parse(Format))).not.toHaveLength(0);
    expect(Format).not.toContain('\n');
  });

  it('goes to a log group of its own, for a limited time', () => {
    const logGroup = render(DestinationArn).replace('.Arn>', '').slice(1);
    expect(stack.resources[logGroup]).toMatchObject({
      Type: 'AWS::Logs::LogGroup',
      Properties: { RetentionInDays: SETTINGS.logRetentionDays },
    });
  });

  it('makes the account-wide role that API Gateway needs, and leaves it to other APIs afterwards', () => {
    const accounts = stack.ofType('AWS::ApiGateway::Account').map(([, account]) => account);
    expect(accounts).toHaveLength(1);
    const role = stack.resources[render(accounts[0]?.Properties.CloudWatchRoleArn).replace('.Arn>', '').slice(1)];
    expect([accounts[0]?.DeletionPolicy, role?.DeletionPolicy]).toEqual(['Retain', 'Retain']);
  });
});

describe('a custom domain', () => {
  const stack = synthesize({ domain: { name: 'chat.example.org', certificateArn: CERTIFICATE } });

  it('is mapped to the stage under its own name', () => {
    const [[domainId, domain] = []] = stack.ofType('AWS::ApiGatewayV2::DomainName');
    expect(domain?.Properties).toMatchObject({
      DomainName: 'chat.example.org',
      DomainNameConfigurations: [{ CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
    });
    const [[, mapping] = []] = stack.ofType('AWS::ApiGatewayV2::ApiMapping');
    expect(mapping?.Properties).toMatchObject({ ApiId: { Ref: 'WebSocketApi' }, DomainName: { Ref: domainId } });
    expect(mapping?.Properties).not.toHaveProperty('ApiMappingKey');
  });

  it('is the address in the outputs, beside the name its DNS record must point to', () => {
    expect(stack.outputs).toMatchObject({
      Endpoint: { Value: 'wss://chat.example.org' },
      DomainTarget: expect.anything(),
    });
    expect(synthesize().outputs).not.toHaveProperty('DomainTarget');
  });
});
