import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import type { Observe } from '../faults/observation.ts';
import type { Caller } from '../iam/callers.ts';
import { type Loopback, listenOnLoopback, readBody } from '../loopback.ts';
import type { LocalService, LocalTask } from './service.ts';

export interface EcsOptions {
  services: readonly LocalService[];
  region: string;
  account: string;
  callerOf: (request: IncomingMessage, service: string) => Caller | undefined;
  observe: Observe;
  log: (text: string) => void;
}

interface Answer {
  status: number;
  body: Readonly<Record<string, unknown>>;
}

const LONGEST_REQUEST = 64 * 1024;

/** The parameters that functions and relays use; another one would change the answer, and is refused. */
const OPERATIONS = {
  DescribeServices: z.strictObject({ cluster: z.string(), services: z.array(z.string()).check(z.length(1)) }),
  ListTasks: z.strictObject({ cluster: z.string(), serviceName: z.string(), maxResults: z.optional(z.number()) }),
  DescribeTasks: z.strictObject({ cluster: z.string(), tasks: z.array(z.string()).check(z.minLength(1)) }),
  UpdateService: z.strictObject({
    cluster: z.string(),
    service: z.string(),
    desiredCount: z.optional(z.number().check(z.nonnegative())),
    forceNewDeployment: z.optional(z.boolean()),
  }),
  UpdateTaskProtection: z.strictObject({
    cluster: z.string(),
    tasks: z.array(z.string()).check(z.length(1)),
    protectionEnabled: z.boolean(),
    /** Minutes; AWS's own limits and default. */
    expiresInMinutes: z._default(z.number().check(z.minimum(1), z.maximum(2_880)), 120),
  }),
} as const;

/** ECS, as far as functions ask it about the relays and change how many there are, and relays protect themselves. Each call is judged by the caller's role. */
export function startEcs(options: EcsOptions): Promise<Loopback> {
  return listenOnLoopback((request, response) => {
    serve(request, response, options).catch((error: unknown) => {
      options.log(`ECS: ${String(error)}\n`);
      response.destroy();
    });
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: EcsOptions): Promise<void> {
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const body = parse(await readBody(request, LONGEST_REQUEST));
  const caller = options.callerOf(request, 'ecs');
  const answer = caller
    ? answerTo(caller, operation, body, options)
    : exception('UnrecognizedClientException', 'The security token included in the request is invalid.');
  if (caller) options.observe({ type: 'ecs', functionId: caller.functionId, operation, status: answer.status });
  if (answer.status !== 200) options.log(`ECS: ${JSON.stringify(answer.body)}\n`);
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(answer.body));
}

function answerTo(caller: Caller, operation: string, body: unknown, options: EcsOptions): Answer {
  switch (operation) {
    case 'DescribeServices': {
      const { cluster, services } = OPERATIONS.DescribeServices.parse(body);
      return onService(caller, operation, cluster, services[0], options, (service) => ({
        services: [describeService(service)],
        failures: [],
      }));
    }
    case 'UpdateService': {
      const { cluster, service: name, desiredCount, forceNewDeployment } = OPERATIONS.UpdateService.parse(body);
      return onService(caller, operation, cluster, name, options, (service) => {
        service.update({
          ...(desiredCount === undefined ? {} : { desiredCount }),
          ...(forceNewDeployment === undefined ? {} : { forceNewDeployment }),
        });
        return { service: describeService(service) };
      });
    }
    case 'ListTasks': {
      const { cluster, serviceName } = OPERATIONS.ListTasks.parse(body);
      return ifAllowed(caller, operation, arn(options, `container-instance/${cluster}/*`), () => {
        const service = find(options, cluster, serviceName);
        return service ? { taskArns: service.tasks.map(({ id }) => arn(options, `task/${cluster}/${id}`)) } : undefined;
      });
    }
    case 'DescribeTasks': {
      const { cluster, tasks } = OPERATIONS.DescribeTasks.parse(body);
      return ifAllowed(caller, operation, tasks[0] ?? '', () => {
        const running = options.services.filter((service) => service.cluster === cluster).flatMap((each) => each.tasks);
        const found = running.map((task) => describeTask(task, arn(options, `task/${cluster}/${task.id}`)));
        return { tasks: found.filter(({ taskArn }) => tasks.includes(taskArn)), failures: [] };
      });
    }
    case 'UpdateTaskProtection': {
      const { cluster, tasks, protectionEnabled, expiresInMinutes } = OPERATIONS.UpdateTaskProtection.parse(body);
      const [id = ''] = tasks;
      const taskArn = arn(options, `task/${cluster}/${id}`);
      return ifAllowed(caller, operation, taskArn, () => {
        const minutes = protectionEnabled ? expiresInMinutes : 0;
        const isThere = options.services.some(
          (service) => service.cluster === cluster && service.protect(id, minutes * 60_000),
        );
        return isThere
          ? { protectedTasks: [{ taskArn, protectionEnabled }], failures: [] }
          : { protectedTasks: [], failures: [{ arn: taskArn, reason: 'MISSING' }] };
      });
    }
    default:
      return exception('UnknownOperationException', `The local cloud does not serve ${operation}.`);
  }
}

function onService(
  caller: Caller,
  operation: string,
  cluster: string,
  name: string | undefined,
  options: EcsOptions,
  work: (service: LocalService) => Record<string, unknown>,
): Answer {
  return ifAllowed(caller, operation, arn(options, `service/${cluster}/${name}`), () => {
    const service = find(options, cluster, name);
    return service && work(service);
  });
}

/** @param work undefined when there is no such service */
function ifAllowed(
  caller: Caller,
  operation: string,
  resource: string,
  work: () => Record<string, unknown> | undefined,
): Answer {
  const decision = caller.may(`ecs:${operation}`, resource);
  if (!decision.allowed) return exception('AccessDeniedException', decision.reason);
  const body = work();
  return body ? { status: 200, body } : exception('ServiceNotFoundException', 'Service not found.');
}

function find({ services }: EcsOptions, cluster: string, name: string | undefined): LocalService | undefined {
  return services.find((service) => service.cluster === cluster && service.name === name);
}

function describeService({ name, desired, deployment, tasks }: LocalService): Record<string, unknown> {
  return {
    serviceName: name,
    status: 'ACTIVE',
    desiredCount: desired,
    runningCount: tasks.length,
    deployments: [{ id: deployment, status: 'PRIMARY', desiredCount: desired }],
  };
}

function describeTask({ deployment, created }: LocalTask, taskArn: string) {
  return { taskArn, startedBy: deployment, createdAt: created / 1000, lastStatus: 'RUNNING' };
}

function arn({ region, account }: EcsOptions, resource: string): string {
  return `arn:aws:ecs:${region}:${account}:${resource}`;
}

function exception(name: string, message: string): Answer {
  return { status: 400, body: { __type: name, message } };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
