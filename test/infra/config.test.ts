import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../infra/config.ts';
import { STAGES } from '../../infra/stages.ts';
import { SETTINGS } from '../support/synthesize.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/one';
const TURN = { transport: 'udp', host: '192.0.2.7', port: 3478 };

function errorOf(stage: unknown, stages: Record<string, unknown>): ConfigError {
  try {
    readConfig(stage, stages);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('The settings were accepted');
}

it.each(Object.keys(STAGES))('the settings of %s can be used', (stage) => {
  expect(readConfig(stage, STAGES)).toEqual({ stage, ...STAGES[stage] });
});

describe('the name of a stage', () => {
  it.each([undefined, null, 1, '', 'Prod', 'my-stage', '1st', 'a'.repeat(17), ['dev']])('cannot be %j', (stage) => {
    expect(errorOf(stage, STAGES)).toMatchObject({ code: 'invalid-stage-name', setting: 'stage' });
  });

  it.each(['staging', 'constructor', 'tostring'])('%s is unknown, and the known ones are named', (stage) => {
    const error = errorOf(stage, STAGES);
    expect(error.code).toBe('unknown-stage');
    expect(error.message).toContain('prod, dev');
  });
});

describe('a setting that cannot be used is named', () => {
  it.each<[setting: string, change: Record<string, unknown>]>([
    ['region', { region: 'Frankfurt' }],
    ['region', { region: undefined }],
    ['account', { account: '12345' }],
    ['account', { account: 123456789012 }],
    ['retainData', { retainData: 'yes' }],
    ['logRetentionDays', { logRetentionDays: 8 }],
    ['throttle.requestsPerSecond', { throttle: { requestsPerSecond: 0, burst: 1 } }],
    ['throttle.requestsPerSecond', { throttle: { requestsPerSecond: 10_001, burst: 1 } }],
    ['throttle.burst', { throttle: { requestsPerSecond: 1, burst: 5_001 } }],
    ['throttle.burst', { throttle: { requestsPerSecond: 1, burst: 1.5 } }],
    ['admission.mode', { admission: { mode: 'everybody' } }],
    ['admission.issuer', { admission: { mode: 'jwt', audience: 'sotto', jwksUrl: 'https://example.org/jwks' } }],
    [
      'admission.audience',
      { admission: { mode: 'jwt', issuer: 'https://example.org', audience: '', jwksUrl: 'https://example.org/jwks' } },
    ],
    [
      'admission.jwksUrl',
      {
        admission: {
          mode: 'jwt',
          issuer: 'https://example.org',
          audience: 'sotto',
          jwksUrl: 'http://example.org/jwks',
        },
      },
    ],
    ['admission', { admission: { mode: 'open', audience: 'sotto' } }],
    ['domain.name', { domain: { name: 'https://chat.example.org', certificateArn: CERTIFICATE } }],
    ['domain.certificateArn', { domain: { name: 'chat.example.org', certificateArn: 'one' } }],
    // In another Region than the API.
    ['domain.certificateArn', { domain: { name: 'chat.example.org', certificateArn: CERTIFICATE } }],
    ['relay', { relay: undefined }],
    ['relay.provider', { relay: { provider: 'cloud' } }],
    ['relay', { relay: { provider: 'none', endpoints: [] } }],
    ['relay.endpoints', { relay: { provider: 'external', endpoints: [] } }],
    ['relay.endpoints', { relay: { provider: 'external', endpoints: Array(5).fill(TURN) } }],
    // A name would have to be looked up, and the resolver would know of every call; TLS needs one.
    ['relay.endpoints.0.host', { relay: { provider: 'external', endpoints: [{ ...TURN, host: 'turn.example.org' }] } }],
    ['relay.endpoints.0.host', { relay: { provider: 'external', endpoints: [{ ...TURN, transport: 'tls' }] } }],
    ['relay.endpoints.0.port', { relay: { provider: 'external', endpoints: [{ ...TURN, port: 65_536 }] } }],
    ['accessLog', { accessLog: 1 }],
    ['', { acessLog: true }],
  ])('%s of %j', (setting, change) => {
    const error = errorOf('test', { test: { ...SETTINGS, ...change } });
    expect(error).toMatchObject({ code: 'invalid-setting', setting });
    expect(error.message).toContain(`test${setting && `.${setting}`} in infra/stages.ts: `);
  });
});

it('no message of an error repeats the value of a setting', () => {
  const error = errorOf('test', { test: { ...SETTINGS, account: 'not-an-account' } });
  expect(error.message).not.toContain('not-an-account');
});
