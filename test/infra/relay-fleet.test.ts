import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readConfig } from '../../infra/config.ts';
import { forLocalCloud } from '../../infra/relay/local-fleet.ts';
import { RELAY_ENVIRONMENT } from '../../shared/environment.ts';
import { permissionsOf } from '../support/policies.ts';
import { render } from '../support/render-intrinsics.ts';
import { FLEET, SETTINGS, type SynthesizedStack, synthesize } from '../support/synthesize.ts';

const TLS = {
  host: 'turn.example.org',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/one',
};
const stack = synthesize({ relay: FLEET });
const withTls = synthesize({ relay: { ...FLEET, tls: TLS } });

const only = (of: SynthesizedStack, type: string) => {
  const found = of.ofType(type);
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties ?? {};
};
const definition = z.looseObject({
  ContainerDefinitions: z.array(
    z.looseObject({ Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })) }),
  ),
});
const taskOf = (of: SynthesizedStack) => definition.parse(only(of, 'AWS::ECS::TaskDefinition'));
const containerOf = (of: SynthesizedStack) => {
  const [container, ...others] = taskOf(of).ContainerDefinitions;
  expect(others).toEqual([]);
  if (!container) throw new Error('a task without a container');
  return container;
};
const rights = (role: string) =>
  permissionsOf(stack)
    .filter((each) => each.role.startsWith(`<${role}`) && !each.action.startsWith('logs:'))
    .map(({ action, resource }) => `${action} on ${resource.replaceAll(/[0-9A-F]{8}(?=[.>])/g, '')}`)
    .toSorted();

const ECS = 'arn:aws:ecs:eu-central-1:<AWS::AccountId>';

describe('a relay', () => {
  it('is small, on ARM, and has two minutes to end', () => {
    expect(taskOf(stack)).toMatchObject({
      Cpu: '1024',
      Memory: '4096',
      NetworkMode: 'awsvpc',
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    expect(containerOf(stack)).toMatchObject({ StopTimeout: 120, Essential: true });
  });

  it('is nobody, without a capability, and can write to no disk', () => {
    expect(containerOf(stack)).toMatchObject({
      User: '65534:65534',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    expect(containerOf(stack)).not.toHaveProperty('MountPoints');
    expect(containerOf(stack)).not.toHaveProperty('Privileged');
    expect(taskOf(stack)).not.toHaveProperty('Volumes');
  });

  it('gets all of its environment, and no secret in it', () => {
    const environment = new Map(containerOf(withTls).Environment.map(({ Name, Value }) => [Name, render(Value)]));
    const local = new Set<string>([RELAY_ENVIRONMENT.localAddress, RELAY_ENVIRONMENT.localName]);
    const expected = Object.values(RELAY_ENVIRONMENT).filter((name) => !local.has(name));
    expect([...environment.keys()].toSorted()).toEqual(expected.toSorted());
    expect(environment.get(RELAY_ENVIRONMENT.secret)).toBe('<RelaySecret>');
    expect(environment.get(RELAY_ENVIRONMENT.deny)).toBe('10.83.0.0-10.83.255.255');
    expect(containerOf(stack)).not.toHaveProperty('Secrets');
    expect(JSON.stringify(stack.resources)).not.toContain('resolve:secretsmanager');
  });

  it('may keep its record, read one secret, ask for one function, protect itself and find its address: nothing else', () => {
    expect(rights('FleetTaskRole')).toEqual([
      'dynamodb:DeleteItem on <RelaysTable.Arn>',
      'dynamodb:PutItem on <RelaysTable.Arn>',
      'dynamodb:UpdateItem on <RelaysTable.Arn>',
      'ec2:DescribeNetworkInterfaces on *',
      `ecs:UpdateTaskProtection on ${ECS}:task/Sotto-test/*`,
      'lambda:InvokeFunction on <FunctionsRelayDrainFunction.Arn>',
      'secretsmanager:GetSecretValue on <RelaySecret>',
    ]);
  });

  it('is started by a role that may fetch its image and write its log', () => {
    expect(rights('FleetTaskDefinitionExecutionRole').map((right) => right.split(' ')[0])).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
    ]);
  });
});

it('only functions of the stack post to clients', () => {
  const posting = permissionsOf(stack).filter(({ action }) => action === 'execute-api:ManageConnections');
  expect(posting.filter(({ role }) => !role.startsWith('<Functions'))).toEqual([]);
});

describe('the functions of the fleet', () => {
  const service = `${ECS}:service/Sotto-test/relay`;
  it.each<[string, string[]]>([
    [
      'FunctionsRelayReconcilerRole',
      [
        'dynamodb:DeleteItem on <RelaysTable.Arn>',
        'dynamodb:PutItem on <EphemeraTable.Arn>',
        'dynamodb:Query on <EphemeraTable.Arn>',
        'dynamodb:Query on <RelaysTable.Arn>',
        'dynamodb:UpdateItem on <RelaysTable.Arn>',
        `ecs:DescribeServices on ${service}`,
        `ecs:DescribeTasks on ${ECS}:task/Sotto-test/*`,
        `ecs:ListTasks on ${ECS}:container-instance/Sotto-test/*`,
        `ecs:UpdateService on ${service}`,
      ],
    ],
    [
      'FunctionsRelayDrainRole',
      [
        'dynamodb:DeleteItem on <EphemeraTable.Arn>',
        'dynamodb:Query on <EphemeraTable.Arn>',
        'dynamodb:Query on <RelaysTable.Arn>',
        'execute-api:ManageConnections on arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<WebSocketApi>/sotto/POST/@connections/*',
      ],
    ],
    [
      'FunctionsRelaySecretRotationRole',
      [
        'dynamodb:Query on <RelaysTable.Arn>',
        `ecs:UpdateService on ${service}`,
        'secretsmanager:GetSecretValue on <RelaySecret>',
        'secretsmanager:PutSecretValue on <RelaySecret>',
      ],
    ],
  ])('%s may do its own work', (role, expected) => {
    expect(rights(role)).toEqual(expected);
  });
});

describe('the service', () => {
  it('gives each relay a public address, and never moves, counts or replaces relays by itself', () => {
    const service = only(stack, 'AWS::ECS::Service');
    expect(service).toMatchObject({
      AvailabilityZoneRebalancing: 'DISABLED',
      EnableExecuteCommand: false,
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
    expect(service).not.toHaveProperty('DesiredCount');
    expect(service).not.toHaveProperty('LoadBalancers');
  });

  it('grows by the load that relays report, and does not shrink by it', () => {
    expect(only(stack, 'AWS::ApplicationAutoScaling::ScalableTarget')).toMatchObject({
      MinCapacity: 1,
      MaxCapacity: 4,
      ResourceId: 'service/Sotto-test/relay',
    });
    expect(
      only(stack, 'AWS::ApplicationAutoScaling::ScalingPolicy').TargetTrackingScalingPolicyConfiguration,
    ).toMatchObject({
      CustomizedMetricSpecification: {
        Namespace: 'Sotto',
        MetricName: 'RelayLoad',
        Dimensions: [{ Name: 'Stage', Value: 'test' }],
        Statistic: 'Average',
      },
      TargetValue: 50,
      DisableScaleIn: true,
    });
  });
});

describe('the network', () => {
  const ports = z.object({ IpProtocol: z.string(), FromPort: z.number(), ToPort: z.number() });
  const group = z.object({ SecurityGroupIngress: z.array(ports), SecurityGroupEgress: z.array(ports) });
  const shown = (rules: z.infer<typeof ports>[]) =>
    rules.map(({ IpProtocol, FromPort, ToPort }) => `${IpProtocol} ${FromPort}-${ToPort}`);

  it('lets TURN in, and peers and APIs out', () => {
    const { SecurityGroupIngress, SecurityGroupEgress } = group.parse(only(stack, 'AWS::EC2::SecurityGroup'));
    expect(shown(SecurityGroupIngress)).toEqual(['udp 3478-3478', 'tcp 3478-3478', 'udp 49152-65535']);
    expect(shown(SecurityGroupEgress)).toEqual(['udp 1024-65535', 'tcp 443-443']);
  });

  it('has subnets in two zones, no NAT, no peering, and no log of who calls from where', () => {
    expect(stack.ofType('AWS::EC2::Subnet')).toHaveLength(2);
    const types = new Set(Object.values(withTls.resources).map(({ Type }) => Type));
    for (const type of ['NatGateway', 'VPCPeeringConnection', 'FlowLog']) {
      expect(types).not.toContain(`AWS::EC2::${type}`);
    }
    expect(stack.lookups).toEqual([]);
  });
});

it('TURN over TLS is there only when asked for, and ends at the load balancer', () => {
  expect(Object.values(stack.resources).filter(({ Type }) => Type.includes('LoadBalancing'))).toEqual([]);
  expect(only(withTls, 'AWS::ElasticLoadBalancingV2::Listener')).toMatchObject({
    Port: 443,
    Protocol: 'TLS',
    Certificates: [{ CertificateArn: TLS.certificateArn }],
  });
  expect(only(withTls, 'AWS::ElasticLoadBalancingV2::TargetGroup')).toMatchObject({ Port: 3478, Protocol: 'TCP' });
  expect(only(withTls, 'AWS::ECS::Service')).toMatchObject({ LoadBalancers: [{ ContainerPort: 3478 }] });
  expect(withTls.outputs).toHaveProperty('RelayTlsTarget');
});

describe('the image', () => {
  it.each([
    undefined,
    { tag: '4.17.2-r0' },
    { ...FLEET.image, tag: 'latest' },
    { ...FLEET.image, digest: 'sha256:1' },
    { ...FLEET.image, nodeDigest: 'latest' },
  ])('%j is refused, in one sentence', (image) => {
    const settings = { ...SETTINGS, relay: { ...FLEET, image } };
    expect(() => readConfig('test', { test: settings })).toThrow(
      /^test\.relay\.image\S* in infra\/stages\.ts: must [^\n]+$/,
    );
  });

  it('is none on the local cloud, whose template no account can deploy', () => {
    const config = forLocalCloud(readConfig('test', { test: SETTINGS }));
    expect(config).toMatchObject({ account: '000000000000', relay: { provider: 'fleet', minimum: 1 } });
    expect(config.relay).not.toHaveProperty('image');
    const own = readConfig('test', { test: { ...SETTINGS, relay: FLEET } });
    expect(forLocalCloud(own)).toBe(own);
    const built = readConfig('test', { test: { ...SETTINGS, relay: { ...FLEET, build: 'codebuild' } } });
    expect(forLocalCloud(built)).toEqual({ ...own, relay: { ...FLEET, build: 'local' } });
  });
});
