import type { FunctionSpec } from '../template/functions.ts';

/** Where the functions find the services of the local cloud. */
export interface Addresses {
  region: string;
  /** Loopback URL of the DynamoDB proxy. */
  dynamoDb: string;
  /** Loopback URL of Secrets Manager. */
  secretsManager: string;
  /** Loopback URL of ECS. */
  ecs: string;
  /** Replaces an address of the template by the local one; other values stay as they are. */
  rewrite(value: string): string;
}

/** The fake access key by which the proxies know a function, as a role's key would in AWS. */
export function accessKeyOf(logicalId: string): string {
  return `LOCAL${logicalId}`;
}

/** The environment variables of a function: its own from the template, and those that the Lambda runtime adds. Nothing of the host's is among them. */
export function environmentVariables(spec: FunctionSpec, addresses: Addresses): Record<string, string> {
  const own = Object.entries(spec.environment).map(([name, value]) => [name, addresses.rewrite(value)]);
  return {
    ...Object.fromEntries(own),
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: addresses.region,
    AWS_DEFAULT_REGION: addresses.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: spec.codeDirectory,
    _HANDLER: `${spec.handler.module}.${spec.handler.name}`,
    AWS_ACCESS_KEY_ID: accessKeyOf(spec.logicalId),
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDb,
    AWS_ENDPOINT_URL_ECS: addresses.ecs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secretsManager,
    // The SDK would otherwise look into the home directory of whoever runs this, and ask the network for an instance's role.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
