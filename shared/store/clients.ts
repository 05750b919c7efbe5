import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * The SDK has no time limits of its own, and a request that hangs would take its invocation (29 s at the gateway) with it.
 * Three attempts of these still fit.
 */
const LIMITS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};

/** One for each Lambda environment, made at INIT. */
export function dynamoClient(): DynamoDBClient {
  return new DynamoDBClient(LIMITS);
}

/** One for each Lambda environment, made at INIT. */
export function secretsClient(): SecretsManagerClient {
  return new SecretsManagerClient(LIMITS);
}

/** One for each Lambda environment, made at INIT. */
export function ecsClient(): ECSClient {
  return new ECSClient(LIMITS);
}

/**
 * One for each Lambda environment, made at INIT.
 *
 * @param callbackUrl the @connections address of the stage; the SDK cannot find it by itself
 */
export function managementClient(callbackUrl: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({ ...LIMITS, endpoint: callbackUrl });
}
