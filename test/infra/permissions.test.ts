import * as dynamodb from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { permissionsOf } from '../support/policies.ts';
import { synthesize } from '../support/synthesize.ts';

const stack = synthesize({ accessLog: true });
const permissions = permissionsOf(stack);
const rolesWith = (action: string) => [
  ...new Set(
    permissions.filter((each) => each.action === action).map(({ role }) => role.replace(/[0-9A-F]{8}>$/, '>')),
  ),
];

it('every action is one that exists', () => {
  // The permission of a DynamoDB operation has the operation's name, and the SDK has a command for every operation.
  const operations = Object.keys(dynamodb).flatMap((name) => /^(\w+)Command$/.exec(name)?.[1] ?? []);
  const known = new Set([
    ...operations.map((operation) => `dynamodb:${operation}`),
    'execute-api:ManageConnections',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ]);
  expect(permissions.filter(({ action }) => !known.has(action))).toEqual([]);
});

it('every resource is one table, one log group, or the connections of this API', () => {
  const connections = 'arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<WebSocketApi>/sotto';
  const reviewed = new Set([`${connections}/POST/@connections/*`, `${connections}/DELETE/@connections/*`]);
  const ofOneResource = /^<(\w+Table|Functions\w+Logs[0-9A-F]{8})\.Arn>$/;
  const others = permissions.filter(({ resource }) => !ofOneResource.test(resource) && !reviewed.has(resource));
  expect(others).toEqual([]);
});

it('a function writes to its own log group only', () => {
  for (const { role, resource } of permissions.filter(({ action }) => action.startsWith('logs:'))) {
    expect(resource.replace(/Logs[0-9A-F]{8}\.Arn>$/, '')).toBe(role.replace(/Role[0-9A-F]{8}>$/, ''));
  }
});

it('nothing but the rotation of franking keys reads a whole table', () => {
  expect(rolesWith('dynamodb:Scan')).toEqual(['<FunctionsFrankingKeysRole>']);
  expect(permissions.filter(({ action }) => action === 'dynamodb:Scan').map(({ resource }) => resource)).toEqual([
    '<FrankingKeysTable.Arn>',
  ]);
});

it('franking keys are read by the function that stamps messages and by their rotation', () => {
  const readers = permissions.filter(({ resource }) => resource === '<FrankingKeysTable.Arn>').map(({ role }) => role);
  expect(new Set(readers.map((role) => role.replace(/[0-9A-F]{8}>$/, '>')))).toEqual(
    new Set(['<FunctionsMessageRole>', '<FunctionsFrankingKeysRole>']),
  );
});

it('the authorizer can change nothing', () => {
  const actions = permissions
    .filter(({ role }) => role.startsWith('<FunctionsAuthorizerRole'))
    .map(({ action }) => action);
  expect(actions.toSorted()).toEqual(['dynamodb:GetItem', 'logs:CreateLogStream', 'logs:PutLogEvents']);
});

it('no role has a policy besides, but the one with which API Gateway writes its access log', () => {
  const roles = stack.ofType('AWS::IAM::Role');
  expect(roles.filter(([, { Properties }]) => 'Policies' in Properties).map(([id]) => id)).toEqual([]);
  const managed = roles.filter(([, { Properties }]) => 'ManagedPolicyArns' in Properties).map(([id]) => id);
  expect(managed).toEqual([expect.stringMatching(/^ApiStageAccessLogRole/)]);
});
