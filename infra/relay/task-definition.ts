import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  Capability,
  type ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  Protocol,
} from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RELAY_ENVIRONMENT } from '../../shared/environment.ts';
import type { StageConfig } from '../config.ts';
import { CAPACITY, TASK_SIZE } from './capacity.ts';
import { clusterName, SERVICE_NAME } from './names.ts';
import { NETWORK_RANGE } from './network.ts';
import { LISTEN_PORT, RELAY_PORTS } from './ports.ts';
import type { FleetSettings } from './settings.ts';

export interface RelayTaskProps {
  readonly config: StageConfig & { readonly relay: FleetSettings };
  readonly image: ContainerImage;

  /** References that only the template knows. */
  readonly references: Readonly<{ table: string; secretArn: string; drainFunction: string }>;
}

/** User and group `nobody` of the image. */
const NOBODY = '65534:65534';

/** One relay as Fargate runs it. It has no secret in its environment: it fetches what it needs with its role. */
export class RelayTask extends Construct {
  readonly definition: FargateTaskDefinition;
  readonly role: Role;

  constructor(scope: Construct, id: string, { config, image, references }: RelayTaskProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.definition = new FargateTaskDefinition(this, 'Definition', {
      family: `${clusterName(config.stage)}-${SERVICE_NAME}`,
      ...TASK_SIZE,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.role,
    });
    this.definition.addContainer('relay', {
      image,
      user: NOBODY,
      // No volume either: the supervisor keeps secrets in /dev/shm, memory that every container has and that ends with it.
      readonlyRootFilesystem: true,
      linuxParameters: withoutCapabilities(this),
      // Fargate's most. A relay that needs longer to drain protects its task meanwhile.
      stopTimeout: Duration.seconds(120),
      environment: { ...environmentOf(config), ...referencesOf(references) },
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'relay' }),
      portMappings: [
        { containerPort: LISTEN_PORT, protocol: Protocol.UDP },
        { containerPort: LISTEN_PORT, protocol: Protocol.TCP },
      ],
    });
  }
}

function withoutCapabilities(scope: Construct): LinuxParameters {
  const parameters = new LinuxParameters(scope, 'Linux');
  parameters.dropCapabilities(Capability.ALL);
  return parameters;
}

function environmentOf({ stage, region, relay }: RelayTaskProps['config']): Record<string, string> {
  return {
    [RELAY_ENVIRONMENT.stage]: stage,
    [RELAY_ENVIRONMENT.region]: region,
    [RELAY_ENVIRONMENT.fleet]: 'main',
    [RELAY_ENVIRONMENT.cluster]: clusterName(stage),
    [RELAY_ENVIRONMENT.service]: SERVICE_NAME,
    [RELAY_ENVIRONMENT.listenPort]: String(LISTEN_PORT),
    [RELAY_ENVIRONMENT.minPort]: String(RELAY_PORTS.from),
    [RELAY_ENVIRONMENT.maxPort]: String(RELAY_PORTS.to),
    [RELAY_ENVIRONMENT.realm]: 'sotto',
    [RELAY_ENVIRONMENT.deny]: NETWORK_RANGE,
    ...CAPACITY,
    ...(relay.tls && { [RELAY_ENVIRONMENT.tlsHost]: relay.tls.host }),
  };
}

function referencesOf({ table, secretArn, drainFunction }: RelayTaskProps['references']): Record<string, string> {
  return {
    [RELAY_ENVIRONMENT.relays]: table,
    [RELAY_ENVIRONMENT.secret]: secretArn,
    [RELAY_ENVIRONMENT.drainFunction]: drainFunction,
  };
}
