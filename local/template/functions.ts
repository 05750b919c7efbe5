import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import { AWS_ONLY_MARK } from './identities.ts';
import { ignored, type Stack } from './stack.ts';

const FunctionProperties = z.strictObject({
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  Handler: z.string().check(z.regex(/^[\w/-]+\.\w+$/)),
  Role: z.string(),
  Runtime: z.literal('nodejs24.x'),
  Environment: z.optional(z.strictObject({ Variables: z.optional(z.record(z.string(), z.string())) })),
  Timeout: z._default(z.number().check(z.minimum(1), z.maximum(900)), 3),
  MemorySize: z._default(z.number().check(z.minimum(128), z.maximum(10_240)), 128),
  ReservedConcurrentExecutions: z.optional(z.number()),
  FunctionName: z.optional(z.string()),
  // The machine's own processor runs the bundle, and JavaScript is the same on both.
  Architectures: ignored,
  // Where log lines, traces and labels go in AWS.
  LoggingConfig: ignored,
  TracingConfig: ignored,
  Description: ignored,
  Tags: ignored,
});

/** A function of the template, ready to be run. */
export interface FunctionSpec {
  logicalId: string;
  name: string;
  arn: string;
  roleArn: string;
  /** Absolute directory of the bundle that would be uploaded. */
  codeDirectory: string;
  /** Path of the module inside it, without its ending, and the name it exports the handler by. */
  handler: { module: string; name: string };
  environment: Record<string, string>;
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** Above so many invocations at once, Lambda throttles. */
  reservedConcurrency?: number;
}

export function readFunctions(stack: Stack): FunctionSpec[] {
  return stack.resources('AWS::Lambda::Function', FunctionProperties).map(({ logicalId, identity, properties }) => {
    const [module = '', name = ''] = properties.Handler.split('.');
    const reserved = properties.ReservedConcurrentExecutions;
    return {
      logicalId,
      name: identity.id,
      arn: identity.arn,
      roleArn: properties.Role,
      codeDirectory: stack.assembly.assetDirectory(properties.Code.S3Key),
      handler: { module, name },
      environment: checkEnvironment(logicalId, properties.Environment?.Variables ?? {}),
      timeoutSeconds: properties.Timeout,
      memoryMegabytes: properties.MemorySize,
      ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
    };
  });
}

/** A function that is told of something that exists only in AWS would behave differently here: better not to start. */
function checkEnvironment(logicalId: string, environment: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(environment)) {
    if (!value.includes(AWS_ONLY_MARK)) continue;
    throw new Refusal(
      `${logicalId} cannot be run locally: its environment variable ${name} comes from a resource that exists only in AWS.`,
    );
  }
  return environment;
}
