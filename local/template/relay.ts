import * as z from 'zod/mini';
import { RELAY_ENVIRONMENT } from '../../shared/environment.ts';
import { Refusal } from '../refusal.ts';
import { AWS_ONLY_MARK } from './identities.ts';
import { ignored, type Stack } from './stack.ts';

const TaskDefinitionProperties = z.strictObject({
  Family: z.string(),
  TaskRoleArn: z.string(),
  ContainerDefinitions: z.array(
    z.strictObject({
      Name: z.string(),
      Environment: z._default(z.array(z.strictObject({ Name: z.string(), Value: z.string() })), []),
      StopTimeout: z.optional(z.number()),
      // The same program runs here without an image, and so without a user, a file system and capabilities of its own.
      Image: ignored,
      User: ignored,
      ReadonlyRootFilesystem: ignored,
      LinuxParameters: ignored,
      MountPoints: ignored,
      PortMappings: ignored,
      LogConfiguration: ignored,
      Essential: ignored,
    }),
  ),
  // What AWS gives a task to run with.
  Cpu: ignored,
  Memory: ignored,
  NetworkMode: ignored,
  RequiresCompatibilities: ignored,
  RuntimePlatform: ignored,
  ExecutionRoleArn: ignored,
  Volumes: ignored,
  Tags: ignored,
});

/** The relay's task of the template, ready to be run. */
export interface RelaySpec {
  logicalId: string;
  /** As its role's sessions are named. */
  name: string;
  roleArn: string;
  environment: Record<string, string>;
}

/**
 * The task that runs a relay; undefined where the template has none.
 * @throws Refusal on any other task: nothing here would run it
 */
export function readRelay(stack: Stack): RelaySpec | undefined {
  const [definition, ...others] = stack.resources('AWS::ECS::TaskDefinition', TaskDefinitionProperties);
  if (definition === undefined) return undefined;
  const { logicalId, properties } = definition;
  const [container, ...more] = properties.ContainerDefinitions;
  const entries = container?.Environment.map(({ Name, Value }) => [Name, Value] as const) ?? [];
  const environment = Object.fromEntries(entries);
  if (others.length + more.length > 0 || environment[RELAY_ENVIRONMENT.listenPort] === undefined)
    throw new Refusal(`${logicalId} cannot be run locally: of tasks only one with one container, the relay, is known.`);
  for (const [name, value] of entries) {
    if (!value.includes(AWS_ONLY_MARK)) continue;
    throw new Refusal(
      `${logicalId} cannot be run locally: its environment variable ${name} comes from a resource that exists only in AWS.`,
    );
  }
  return { logicalId, name: properties.Family, roleArn: properties.TaskRoleArn, environment };
}
