import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundle } from './bundle.ts';
import type { StageConfig } from './config.ts';

export interface SottoFunctionProps {
  readonly config: StageConfig;
  /** The folder under functions/. */
  readonly folder: string;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A function with a role of its own that may do nothing but write to the function's own log group. Everything else is
 * granted to it one action at a time.
 */
export class SottoFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, { config, folder, timeout, environment }: SottoFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: bundle(folder),
      handler: 'index.handler',
      memorySize: 512,
      timeout,
      environment,
      role: this.role,
      logGroup,
      // Lambda's own lines (start, end, report, each with a request id) would be three for every frame. A line that a
      // function writes to stdout is kept as it is; what goes through the console is wrapped in JSON.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
    });
  }
}
