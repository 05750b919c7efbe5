import { expect, it } from 'vitest';
import { ENVIRONMENT } from '../../../shared/environment.ts';
import {
  readAdmission,
  readEnvironment,
  readRelayEndpoints,
  readRelayProvider,
} from '../../../shared/store/environment.ts';
import { isTransient } from '../../../shared/store/retry.ts';

const GOOD = {
  [ENVIRONMENT.stage]: 'dev',
  [ENVIRONMENT.endpoint]: 'wss://abc.execute-api.eu-central-1.amazonaws.com/live',
  [ENVIRONMENT.callbackUrl]: 'https://abc.execute-api.eu-central-1.amazonaws.com/live',
  [ENVIRONMENT.admission]: 'invite',
  [ENVIRONMENT.mailbox]: 'Sotto-dev-Mailbox_1.2',
};

it('gives what is needed', () => {
  expect(readEnvironment(['stage', 'mailbox'], GOOD)).toEqual({ stage: 'dev', mailbox: 'Sotto-dev-Mailbox_1.2' });
  expect(readAdmission(GOOD)).toBe('invite');
});

it.each([
  ['stage', ''],
  ['stage', 'a stage'],
  ['endpoint', 'https://example.com'],
  ['endpoint', 'example.com'],
  ['callbackUrl', 'wss://example.com'],
  ['mailbox', 'arn:aws:dynamodb:x:1:table/Mailbox'],
  ['admission', 'nobody'],
  ['jwksUrl', 'file:///etc/passwd'],
  ['jwtIssuer', ''],
] as const)('refuses %s = "%s" by name, without its value', (name, value) => {
  const reading = () => readEnvironment([name], { ...GOOD, [ENVIRONMENT[name]]: value });
  expect(reading).toThrow(`environment: missing or malformed: ${ENVIRONMENT[name]}`);
});

const RELAY = {
  [ENVIRONMENT.relayProvider]: 'external',
  [ENVIRONMENT.relayEndpoints]: '[{"transport":"udp","host":"2001:db8::7","port":3478}]',
  [ENVIRONMENT.relaySecretArn]: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:RelaySecret-a1B2c3',
};

it('gives where relays come from', () => {
  expect(readRelayProvider(RELAY)).toBe('external');
  expect(readRelayEndpoints(RELAY)).toEqual([{ transport: 'udp', host: '2001:db8::7', port: 3478 }]);
  expect(readEnvironment(['relaySecretArn'], RELAY).relaySecretArn).toContain('RelaySecret');
});

it.each([
  ['relayProvider', 'somebody'],
  ['relaySecretArn', 'RelaySecret'],
  ['relayEndpoints', ''],
  ['relayEndpoints', '[]'],
  ['relayEndpoints', '[{"transport":"udp","host":"turn.example.org","port":3478}]'],
  ['relayEndpoints', '[{"transport":"tls","host":"192.0.2.7","port":443}]'],
] as const)('refuses %s = "%s" by name', (name, value) => {
  const reading = () => readEnvironment([name], { [ENVIRONMENT[name]]: value });
  expect(reading).toThrow(`environment: missing or malformed: ${ENVIRONMENT[name]}`);
});

it('names everything that is missing at once', () => {
  expect(() => readEnvironment(['stage', 'preKeys', 'ephemera'], GOOD)).toThrow('PREKEYS_TABLE, EPHEMERA_TABLE');
});

it.each([
  ['a throttled request', Object.assign(new Error(), { name: 'ThrottlingException' }), true],
  ['a time limit', Object.assign(new Error(), { name: 'TimeoutError' }), true],
  ['a broken connection', Object.assign(new Error(), { code: 'ECONNRESET' }), true],
  ['a fault of the service', Object.assign(new Error(), { name: 'SomethingNew', $fault: 'server' }), true],
  ['a missing right', Object.assign(new Error(), { name: 'AccessDeniedException', $fault: 'client' }), false],
  ['a missing table', Object.assign(new Error(), { name: 'ResourceNotFoundException', $fault: 'client' }), false],
  ['a defect', new TypeError('x is undefined'), false],
  ['no error at all', undefined, false],
])('%s passes by itself: %s', (_name, error, transient) => {
  expect(isTransient(error)).toBe(transient);
});
