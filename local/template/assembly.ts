import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.optional(z.string()),
      properties: z.optional(
        z.looseObject({ templateFile: z.optional(z.string()), stackName: z.optional(z.string()) }),
      ),
    }),
  ),
});

const Assets = z.object({
  files: z.record(
    z.string(),
    z.object({ source: z.object({ path: z.optional(z.string()), packaging: z.optional(z.string()) }) }),
  ),
});

const Resource = z.strictObject({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
  Condition: z.optional(z.string()),
  // Order of creation, retention and notes of the synthesizer: without meaning for a stack that is never created or deleted.
  DependsOn: z.optional(z.unknown()),
  DeletionPolicy: z.optional(z.string()),
  UpdateReplacePolicy: z.optional(z.string()),
  Metadata: z.optional(z.unknown()),
});

const Template = z.strictObject({
  Resources: z.record(z.string(), Resource),
  Conditions: z.optional(z.record(z.string(), z.unknown())),
  Parameters: z.optional(
    z.record(z.string(), z.looseObject({ Default: z.optional(z.union([z.string(), z.number()])) })),
  ),
  Mappings: z.optional(z.unknown()),
  Outputs: z.optional(z.unknown()),
  Rules: z.optional(z.unknown()),
  Description: z.optional(z.string()),
  Metadata: z.optional(z.unknown()),
  AWSTemplateFormatVersion: z.optional(z.string()),
});

export type Template = z.infer<typeof Template>;

/** One stack of a synthesized CDK application. */
export interface Assembly {
  stackName: string;
  account: string;
  region: string;
  template: Template;
  /** Absolute directory of an asset, by the S3 object key that the template names. */
  assetDirectory(key: string): string;
}

// What CloudFormation would fill in for a stack without an environment. The account is a number that AWS never gives.
const UNKNOWN = { account: '000000000000', region: 'us-east-1' };

/**
 * Reads the output of `cdk synth`.
 * @param stackName needed only when the application has several stacks
 * @throws Refusal when the directory holds no such stack or is of a form this version does not know
 */
export function readAssembly(directory: string, stackName?: string): Assembly {
  const manifest = readJson(join(directory, 'manifest.json'), Manifest);
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, artifact]) => artifact.type === 'aws:cloudformation:stack',
  );
  const wanted = stackName === undefined ? stacks : stacks.filter(([id]) => id === stackName);
  const [stack] = wanted;
  if (!stack || wanted.length > 1) {
    const names = stacks.map(([id]) => id).join(', ') || 'none';
    throw new Refusal(
      `${directory} holds the stacks ${names}, and exactly one ${stackName ?? 'of them'} can be run: synthesize the stack again.`,
    );
  }
  const [id, artifact] = stack;
  const template = readJson(join(directory, artifact.properties?.templateFile ?? `${id}.template.json`), Template);
  return {
    stackName: artifact.properties?.stackName ?? id,
    ...parseEnvironment(artifact.environment),
    template,
    assetDirectory: assetLookup(directory, id),
  };
}

/** `aws://<account>/<region>` as the manifest writes it. */
function parseEnvironment(environment = ''): { account: string; region: string } {
  const [account = '', region = ''] = environment.replace('aws://', '').split('/');
  return {
    account: /^\d{12}$/.test(account) ? account : UNKNOWN.account,
    region: /^[a-z]{2}(-[a-z]+)+-\d$/.test(region) ? region : UNKNOWN.region,
  };
}

function assetLookup(directory: string, stackId: string): (key: string) => string {
  const file = join(directory, `${stackId}.assets.json`);
  const assets = existsSync(file) ? readJson(file, Assets).files : {};
  return (key) => {
    const path = assets[key.replace(/\.zip$/, '')]?.source.path;
    const found = path === undefined ? undefined : resolve(directory, path);
    if (found === undefined || !existsSync(found)) {
      throw new Refusal(
        `The code ${key} is not among the assets in ${directory}: synthesize the stack again, with bundling.`,
      );
    }
    return found;
  };
}

function readJson<T extends z.ZodMiniType>(file: string, schema: T): z.infer<T> {
  if (!existsSync(file)) throw new Refusal(`${file} is missing: synthesize the stack first (npm run synth).`);
  const parsed = schema.safeParse(parseJson(file));
  if (parsed.success) return parsed.data;
  throw new Refusal(`${file} is not of the form this version knows (${explain(parsed.error)}).`);
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Refusal(`${file} is not JSON (${String(error)}): synthesize the stack again.`);
  }
}

/** The first thing wrong, in words. */
export function explain(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  if (!issue) return 'of an unknown form';
  const at = (...more: string[]): string => [...issue.path.map(String), ...more].join('.') || 'the whole';
  if (issue.code === 'unrecognized_keys') return `the property ${at(...issue.keys.slice(0, 1))} is not known`;
  if (issue.code === 'invalid_type') return `${at()} is not of the type ${issue.expected}`;
  if (issue.code === 'invalid_value') return `${at()} is not one of ${issue.values.map(String).join(', ')}`;
  return `${at()}: ${issue.message}`;
}
