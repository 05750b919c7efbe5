import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import { type Assembly, explain } from './assembly.ts';
import { AWS_ONLY_MARK, attributeOf, type Identity, identify } from './identities.ts';
import { ABSENT, isTrue, type Names, resolveValue } from './intrinsics.ts';
import { AWS_ONLY, EMULATED } from './resource-types.ts';

export interface StackResource<Properties> {
  logicalId: string;
  identity: Identity;
  properties: Properties;
}

/** The resources of one stack with every reference in them resolved. */
export interface Stack {
  assembly: Assembly;
  /**
   * All resources of an emulated type.
   * @throws Refusal naming the logical id, when the properties are not exactly of the schema's form
   */
  resources<T extends z.ZodMiniType>(type: string, schema: T): StackResource<z.infer<T>>[];
}

/**
 * Checks every resource type of the template against the two lists, and gives the emulated ones.
 * @throws Refusal on a type in neither list
 */
export function openStack(assembly: Assembly): Stack {
  const { template, stackName } = assembly;
  const conditions = template.Conditions ?? {};
  const identities = new Map<string, Identity>();

  const names: Names = {
    ref: (name) => {
      const identity = identities.get(name);
      if (identity) return identity.id;
      const parameter = template.Parameters?.[name];
      if (parameter) return parameter.Default ?? refuse(`the parameter ${name} has no default`);
      if (template.Resources[name]) return `${AWS_ONLY_MARK}${name}`;
      return pseudoParameter(assembly, name) ?? refuse(`${name} is referred to, but is not in the template`);
    },
    attribute: (logicalId, name) => {
      const identity = identities.get(logicalId);
      if (identity) return attributeOf(identity, logicalId, name);
      if (template.Resources[logicalId]) return `${AWS_ONLY_MARK}${logicalId}.${name}`;
      return refuse(`${logicalId} is referred to, but is not in the template`);
    },
    condition: (name) => conditions[name] ?? refuse(`the condition ${name} is not in the template`),
  };

  const emulated = Object.entries(template.Resources)
    .filter(([, resource]) => resource.Condition === undefined || isTrue(names.condition(resource.Condition), names))
    .filter(([logicalId, { Type }]) => checkType(stackName, logicalId, Type));
  // Identities first: resources refer to each other in every order.
  for (const [logicalId, { Type, Properties = {} }] of emulated) {
    identities.set(logicalId, identify(assembly, logicalId, Type, Properties));
  }

  return {
    assembly,
    resources: (type, schema) =>
      emulated
        .filter(([, resource]) => resource.Type === type)
        .map(([logicalId, { Properties = {} }]) => {
          const identity = identities.get(logicalId) ?? refuse(`${logicalId} has no identity`);
          return { logicalId, identity, properties: parse(logicalId, type, Properties, schema, names) };
        }),
  };
}

function checkType(stackName: string, logicalId: string, type: string): boolean {
  if (EMULATED.has(type)) return true;
  if (Object.hasOwn(AWS_ONLY, type)) return false;
  throw new Refusal(
    `${logicalId} in ${stackName} is of type ${type}, which the local cloud neither runs nor knows as existing only in AWS: decide which in local/template/resource-types.ts.`,
  );
}

function parse<T extends z.ZodMiniType>(
  logicalId: string,
  type: string,
  properties: unknown,
  schema: T,
  names: Names,
): z.infer<T> {
  try {
    const parsed = schema.safeParse(resolveValue(properties, names));
    return parsed.success ? parsed.data : refuse(explain(parsed.error));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(`${logicalId} (${type}) cannot be run locally: ${error.message}`);
  }
}

function pseudoParameter({ account, region, stackName }: Assembly, name: string): unknown {
  const values: Record<string, unknown> = {
    'AWS::AccountId': account,
    'AWS::NoValue': ABSENT,
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  return values[name];
}

function refuse(message: string): never {
  throw new Refusal(message);
}

/** A property that is known and changes nothing on one machine; the schema that holds it says why. */
export const ignored: z.ZodMiniOptional<z.ZodMiniUnknown> = z.optional(z.unknown());
