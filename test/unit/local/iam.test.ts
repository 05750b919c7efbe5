import { describe, expect, it } from 'vitest';
import { rightsOf } from '../../../local/dynamodb/rights.ts';
import { checkAction } from '../../../local/iam/actions.ts';
import { evaluate, matches } from '../../../local/iam/evaluate.ts';
import { readPolicyDocument } from '../../../local/iam/policy-document.ts';
import { Refusal } from '../../../local/refusal.ts';

const table = 'arn:aws:dynamodb:eu-central-1:000000000000:table/Mail';
const allow = { effect: 'Allow', actions: ['dynamodb:PutItem'], resources: [table] } as const;

describe('a decision', () => {
  it.each([
    ['allows what a statement names', [allow], 'dynamodb:PutItem', table, 'allowed'],
    ['is not case-sensitive for actions', [allow], 'dynamodb:putitem', table, 'allowed'],
    ['denies another action', [allow], 'dynamodb:DeleteItem', table, 'denied'],
    ['denies another resource', [allow], 'dynamodb:PutItem', `${table}2`, 'denied'],
    ['denies an index of the table', [allow], 'dynamodb:PutItem', `${table}/index/a`, 'denied'],
    ['denies without statements', [], 'dynamodb:PutItem', table, 'denied'],
    [
      'denies explicitly, whatever else allows',
      [allow, { ...allow, effect: 'Deny' }],
      'dynamodb:PutItem',
      table,
      'explicitly denied',
    ],
  ] as const)('%s', (_what, statements, action, resource, decision) => {
    expect(evaluate(statements, action, resource)).toBe(decision);
  });
});

describe('a pattern', () => {
  it.each([
    ['*', 'anything:at/all', true],
    ['arn:aws:execute-api:*:*:api/*/@connections/*', 'arn:aws:execute-api:r:1:api/test/POST/@connections/x=', true],
    ['arn:api/*$connect', 'arn:api/test/$connect', true],
    ['arn:api/test/echo', 'arn:api/test/echoes', false],
    ['arn:api/te?t', 'arn:api/test', true],
    ['arn:a.i', 'arn:api', false],
  ])('%s against %s: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });
});

describe('a policy document', () => {
  const statement = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: table };
  it.each([
    ['a condition', { ...statement, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }],
    ['NotAction', { Effect: 'Allow', NotAction: 'dynamodb:GetItem', Resource: table }],
    ['NotResource', { Effect: 'Deny', Action: 'dynamodb:GetItem', NotResource: table }],
  ])('with %s is refused, not overlooked', (_what, odd) => {
    const document = { Version: '2012-10-17', Statement: [statement, odd] };
    expect(() => readPolicyDocument(document, 'Role')).toThrow(Refusal);
  });

  it('may name only actions that exist', () => {
    expect(() => checkAction('dynamodb:GetItem', 'Policy')).not.toThrow();
    expect(() => checkAction('dynamodb:GetItems', 'Policy')).toThrow(/Policy names the action dynamodb:GetItems/);
    expect(() => checkAction('dynamo:GetItem', 'Policy')).toThrow(Refusal);
    expect(() => checkAction('dynamodb:*', 'Policy')).toThrow(Refusal);
  });
});

describe('the rights that a request needs', () => {
  const TableName = 'Mail';
  it.each([
    ['GetItem', { TableName }, [{ action: 'dynamodb:GetItem', table: 'Mail' }]],
    ['Query', { TableName, IndexName: 'ByTime' }, [{ action: 'dynamodb:Query', table: 'Mail', index: 'ByTime' }]],
    [
      'BatchGetItem',
      { RequestItems: { Mail: {}, Keys: {} } },
      [
        { action: 'dynamodb:BatchGetItem', table: 'Mail' },
        { action: 'dynamodb:BatchGetItem', table: 'Keys' },
      ],
    ],
    ['BatchWriteItem', { RequestItems: { Mail: [] } }, [{ action: 'dynamodb:BatchWriteItem', table: 'Mail' }]],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName } },
          { Update: { TableName } },
          { Delete: { TableName } },
          { ConditionCheck: { TableName } },
        ],
      },
      [
        { action: 'dynamodb:PutItem', table: 'Mail' },
        { action: 'dynamodb:UpdateItem', table: 'Mail' },
        { action: 'dynamodb:DeleteItem', table: 'Mail' },
        { action: 'dynamodb:ConditionCheckItem', table: 'Mail' },
      ],
    ],
    ['TransactGetItems', { TransactItems: [{ Get: { TableName } }] }, [{ action: 'dynamodb:GetItem', table: 'Mail' }]],
  ])('%s', (operation, request, rights) => {
    expect(rightsOf(operation, request)).toEqual(rights);
  });

  it('are not known for operations that functions have no business with', () => {
    expect(rightsOf('DeleteTable', { TableName })).toBeUndefined();
    expect(rightsOf('ExecuteStatement', { Statement: 'SELECT * FROM Mail' })).toBeUndefined();
  });
});
