import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';

/** A task that runs or is about to. */
export interface RelayTask {
  /** The id that its relay registers by. */
  readonly relay: string;
  /** The deployment that started it. */
  readonly deployment: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export interface RelayServiceState {
  /** How many relays ECS keeps running. */
  readonly desired: number;
  /** The deployment that new tasks are started by; tasks of others are to be replaced. */
  readonly deployment: string;
  readonly tasks: readonly RelayTask[];
}

/** The service that runs the relays. ECS's answers may be seconds old, and its writes have no conditions. */
export interface RelayService {
  /** @throws Error when there is no such service */
  read(): Promise<RelayServiceState>;
  /** Asks for a first relay where none is wanted. Repeating it is harmless, and cheap within ten seconds. */
  start(): Promise<void>;
  setDesired(desired: number): Promise<void>;
  /** Replaces every relay by a new one, those that run now after their successors are there. */
  replaceAll(): Promise<void>;
}

/** Both parties of a call ask every few seconds for as long as a relay starts: ECS is asked once by each environment. Milliseconds. */
const ASKED_MS = 10_000;
/** ListTasks gives, and DescribeTasks takes, at most so many: more than a fleet has (infra/relay/settings.ts). */
const TASKS_PER_PAGE = 100;

export function relayService(ecs: ECSClient, cluster: string, service: string, now: () => number): RelayService {
  let asked = Number.NEGATIVE_INFINITY;

  const describe = async (): Promise<Service> => {
    const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
    return services[0] ?? missing('the service');
  };

  const tasks = async (): Promise<Task[]> => {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ cluster, serviceName: service, maxResults: TASKS_PER_PAGE }),
    );
    if (taskArns.length === 0) return [];
    return (await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? [];
  };

  return {
    async read() {
      const { desiredCount, deployments = [] } = await describe();
      const primary = deployments.find(({ status }) => status === 'PRIMARY');
      return {
        desired: desiredCount ?? missing('desiredCount'),
        deployment: primary?.id ?? missing('the primary deployment'),
        tasks: (await tasks()).map(readTask),
      };
    },

    async start() {
      if (now() < asked + ASKED_MS) return;
      asked = now();
      // Only from 0, because a count that was raised meanwhile must not be lowered. From 0 nothing but this raises it: the scaling has
      // no metric without relays. Of two that raise it at once both write 1.
      const { desiredCount } = await describe();
      if (desiredCount === 0) await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 1 }));
    },

    async setDesired(desired) {
      await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: desired }));
    },

    async replaceAll() {
      await ecs.send(new UpdateServiceCommand({ cluster, service, forceNewDeployment: true }));
    },
  };
}

function readTask({ taskArn, startedBy, createdAt }: Task): RelayTask {
  return {
    relay: taskArn?.split('/').at(-1) ?? missing('taskArn'),
    deployment: startedBy ?? missing('startedBy'),
    created: createdAt?.getTime() ?? missing('createdAt'),
  };
}

function missing(what: string): never {
  throw new Error(`ECS did not name ${what}`);
}
