import { Refusal } from '../refusal.ts';

/** What the intrinsic functions of CloudFormation refer to. */
export interface Names {
  /** Value of `Ref` to a resource, parameter or pseudo parameter. */
  ref(name: string): unknown;
  /** Value of `Fn::GetAtt`. */
  attribute(logicalId: string, name: string): unknown;
  /** The definition of a condition. */
  condition(name: string): unknown;
}

type Evaluate = (argument: unknown, resolve: (value: unknown) => unknown, names: Names) => unknown;

const FUNCTIONS: Record<string, Evaluate> = {
  Ref: (argument, _resolve, names) => names.ref(text(argument, 'Ref')),
  'Fn::GetAtt': (argument, _resolve, names) => {
    const [logicalId, name] = typeof argument === 'string' ? argument.split('.', 2) : list(argument, 'Fn::GetAtt');
    return names.attribute(text(logicalId, 'Fn::GetAtt'), text(name, 'Fn::GetAtt'));
  },
  'Fn::Join': (argument, resolve) => {
    const [separator, parts] = list(argument, 'Fn::Join');
    const resolved = list(resolve(parts), 'Fn::Join');
    return resolved.map((part) => text(part, 'Fn::Join')).join(text(separator, 'Fn::Join'));
  },
  'Fn::Sub': (argument, resolve, names) => {
    const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : list(argument, 'Fn::Sub');
    return substitute(text(pattern, 'Fn::Sub'), record(resolve(variables ?? {}), 'Fn::Sub'), names);
  },
  'Fn::Select': (argument, resolve) => {
    const [index, values] = list(argument, 'Fn::Select');
    return list(resolve(values), 'Fn::Select')[Number(index)];
  },
  'Fn::Split': (argument, resolve) => {
    const [separator, value] = list(argument, 'Fn::Split');
    return text(resolve(value), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::If': (argument, resolve, names) => {
    const [condition, whenTrue, whenFalse] = list(argument, 'Fn::If');
    return resolve(isTrue(names.condition(text(condition, 'Fn::If')), names) ? whenTrue : whenFalse);
  },
};

/** Stands for `AWS::NoValue`: the property that holds it is absent. */
export const ABSENT: unique symbol = Symbol('AWS::NoValue');

/**
 * Replaces every intrinsic function in a value by what it stands for.
 * @throws Refusal naming the function, when it is not one of those above
 */
export function resolveValue(value: unknown, names: Names): unknown {
  const resolve = (inner: unknown): unknown => resolveValue(inner, names);
  if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== ABSENT);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
    const evaluate = FUNCTIONS[first[0]];
    if (!evaluate) throw new Refusal(`the intrinsic function ${first[0]} is not known to the local cloud`);
    return evaluate(first[1], resolve, names);
  }
  const resolved = entries.map(([key, inner]): [string, unknown] => [key, resolve(inner)]);
  return Object.fromEntries(resolved.filter(([, inner]) => inner !== ABSENT));
}

/** Evaluates a condition of the template's `Conditions` section. */
export function isTrue(condition: unknown, names: Names): boolean {
  const [[name, argument] = ['', undefined]] = Object.entries(record(condition, 'a condition'));
  const all = (): boolean[] => list(argument, name).map((inner) => isTrue(inner, names));
  switch (name) {
    case 'Condition':
      return isTrue(names.condition(text(argument, name)), names);
    case 'Fn::Equals': {
      const [left, right] = list(resolveValue(argument, names), name);
      return String(left) === String(right);
    }
    case 'Fn::And':
      return all().every(Boolean);
    case 'Fn::Or':
      return all().some(Boolean);
    case 'Fn::Not':
      return !all()[0];
    default:
      throw new Refusal(`the condition function ${name} is not known to the local cloud`);
  }
}

function substitute(pattern: string, variables: Record<string, unknown>, names: Names): string {
  return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(variables[name], 'Fn::Sub');
    const [logicalId = '', attribute] = name.split('.', 2);
    return text(attribute === undefined ? names.ref(name) : names.attribute(logicalId, attribute), 'Fn::Sub');
  });
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new Refusal(`${where} needs a text where it has ${JSON.stringify(value)}`);
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Refusal(`${where} needs a list where it has ${JSON.stringify(value)}`);
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Refusal(`${where} needs an object where it has ${JSON.stringify(value)}`);
}
