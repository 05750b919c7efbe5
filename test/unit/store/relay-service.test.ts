import { ECSClient } from '@aws-sdk/client-ecs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { relayService } from '../../../shared/store/relay-service.ts';
import { commandsOf } from '../../support/commands.ts';

const ecs = mockClient(ECSClient);
const clock = { time: 0 };
const make = () => relayService(new ECSClient({ region: 'eu-central-1' }), 'Sotto-test', 'relay', () => clock.time);
const sent = () => commandsOf(ecs);

const SERVICE = { cluster: 'Sotto-test', services: ['relay'] };
const DEPLOYMENTS = [
  { id: 'ecs-svc/1', status: 'ACTIVE' },
  { id: 'ecs-svc/2', status: 'PRIMARY' },
];

beforeEach(() => {
  ecs.reset();
  clock.time = 1_000_000;
});

function answering(desiredCount: number, taskArns: string[] = []): void {
  ecs.onAnyCommand().callsFake((input) => {
    if ('services' in input) return { services: [{ desiredCount, deployments: DEPLOYMENTS }] };
    if ('serviceName' in input) return { taskArns };
    const described = { startedBy: 'ecs-svc/1', createdAt: new Date(5_000) };
    if ('tasks' in input) return { tasks: taskArns.map((taskArn) => ({ taskArn, ...described })) };
    return {};
  });
}

describe('reading', () => {
  it('asks for the service and its tasks, which it names as relays do', async () => {
    const taskArn = 'arn:aws:ecs:eu-central-1:123456789012:task/Sotto-test/0123456789abcdef';
    answering(2, [taskArn]);
    expect(await make().read()).toEqual({
      desired: 2,
      deployment: 'ecs-svc/2',
      tasks: [{ relay: '0123456789abcdef', deployment: 'ecs-svc/1', created: 5_000 }],
    });
    expect(sent()).toEqual([
      ['DescribeServicesCommand', SERVICE],
      ['ListTasksCommand', { cluster: 'Sotto-test', serviceName: 'relay', maxResults: 100 }],
      ['DescribeTasksCommand', { cluster: 'Sotto-test', tasks: [taskArn] }],
    ]);
  });

  it('does not describe no tasks, which ECS would refuse', async () => {
    answering(0);
    expect(await make().read()).toEqual({ desired: 0, deployment: 'ecs-svc/2', tasks: [] });
    expect(sent()).toHaveLength(2);
  });

  it('fails where there is no service', async () => {
    ecs.onAnyCommand().resolves({ services: [] });
    await expect(make().read()).rejects.toThrow('ECS did not name the service');
  });
});

describe('starting', () => {
  const RAISED = ['UpdateServiceCommand', { cluster: 'Sotto-test', service: 'relay', desiredCount: 1 }];

  it('raises the count from none to one', async () => {
    answering(0);
    await make().start();
    expect(sent()).toEqual([['DescribeServicesCommand', SERVICE], RAISED]);
  });

  it.each([1, 3])('leaves a count of %d as it is', async (desired) => {
    answering(desired);
    await make().start();
    expect(sent()).toEqual([['DescribeServicesCommand', SERVICE]]);
  });

  it('asks ECS at most every ten seconds, however many callers wait', async () => {
    answering(0);
    const service = make();
    await service.start();
    clock.time += 9_999;
    await service.start();
    expect(sent()).toHaveLength(2);
    clock.time += 1;
    await service.start();
    expect(sent()).toHaveLength(4);
  });
});

it('setting the count, and replacing every task, are one command each', async () => {
  answering(1);
  await make().setDesired(0);
  await make().replaceAll();
  const service = { cluster: 'Sotto-test', service: 'relay' };
  expect(sent()).toEqual([
    ['UpdateServiceCommand', { ...service, desiredCount: 0 }],
    ['UpdateServiceCommand', { ...service, forceNewDeployment: true }],
  ]);
});
