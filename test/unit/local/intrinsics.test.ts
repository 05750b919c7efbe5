import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../local/refusal.ts';
import { ABSENT, isTrue, type Names, resolveValue } from '../../../local/template/intrinsics.ts';

const names: Names = {
  ref: (name) => (name === 'AWS::NoValue' ? ABSENT : `id of ${name}`),
  attribute: (logicalId, name) => `${name} of ${logicalId}`,
  condition: (name) =>
    ({ IsProd: { 'Fn::Equals': ['prod', 'prod'] }, IsDev: { 'Fn::Not': [{ Condition: 'IsProd' }] } })[name],
};

/** As CloudFormation writes a variable; as a literal it would look like a forgotten template string. */
const variable = (name: string): string => `$\{${name}}`;

describe('an intrinsic function', () => {
  it.each([
    [{ Ref: 'Api' }, 'id of Api'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'Arn of Table'],
    [{ 'Fn::GetAtt': 'Table.Arn' }, 'Arn of Table'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'B' }, 3]] }, 'a/id of B/3'],
    [
      { 'Fn::Sub': `${variable('Api')}.${variable('Table.Arn')}.${variable('!Literal')}` },
      `id of Api.Arn of Table.${variable('Literal')}`,
    ],
    [{ 'Fn::Sub': [`${variable('x')}-${variable('Api')}`, { x: { Ref: 'Y' } }] }, 'id of Y-id of Api'],
    [{ 'Fn::Select': ['1', ['a', { Ref: 'B' }]] }, 'id of B'],
    [{ 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
    [{ 'Fn::If': ['IsProd', { Ref: 'A' }, 'b'] }, 'id of A'],
    [{ 'Fn::If': ['IsDev', 'a', 'b'] }, 'b'],
    [{ kept: 1, left: { Ref: 'AWS::NoValue' } }, { kept: 1 }],
    [['a', { Ref: 'AWS::NoValue' }], ['a']],
    [
      { Ref: 'two keys', are: 'data' },
      { Ref: 'two keys', are: 'data' },
    ],
  ])('%j is %j', (value, expected) => {
    expect(resolveValue({ in: [value] }, names)).toEqual({
      in: Array.isArray(expected) && Array.isArray(value) ? [expected] : [expected],
    });
  });

  it.each([
    [{ 'Fn::GetAZs': '' }, /Fn::GetAZs is not known/],
    [{ 'Fn::ImportValue': 'x' }, /Fn::ImportValue is not known/],
    [{ 'Fn::Join': ['', { a: 1 }] }, /Fn::Join needs a list/],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, /Fn::Join needs a text/],
  ])('%j is refused', (value, message) => {
    expect(() => resolveValue(value, names)).toThrow(Refusal);
    expect(() => resolveValue(value, names)).toThrow(message);
  });
});

describe('a condition', () => {
  it.each([
    [{ 'Fn::Equals': [{ Ref: 'A' }, 'id of A'] }, true],
    [{ 'Fn::And': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'IsProd' }, { Condition: 'IsDev' }] }, true],
    [{ Condition: 'IsDev' }, false],
  ])('%j is %s', (condition, expected) => {
    expect(isTrue(condition, names)).toBe(expected);
  });

  it('of an unknown form is refused', () => {
    expect(() => isTrue({ 'Fn::Contains': [] }, names)).toThrow(/Fn::Contains is not known/);
  });
});
