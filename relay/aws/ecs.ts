import { ECSClient, UpdateTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { LIMITS } from './limits.ts';

export interface TaskProtection {
  /**
   * Keeps ECS from ending the task when it scales in or deploys, for so many minutes from now; 0 gives that up.
   *
   * @throws when ECS did not do it
   */
  protect(minutes: number): Promise<void>;
}

export function taskProtection(
  cluster: string,
  task: string,
  client: ECSClient = new ECSClient(LIMITS),
): TaskProtection {
  return {
    async protect(minutes) {
      const { failures = [] } = await client.send(
        new UpdateTaskProtectionCommand({
          cluster,
          tasks: [task],
          protectionEnabled: minutes > 0,
          ...(minutes > 0 ? { expiresInMinutes: minutes } : {}),
        }),
      );
      if (failures.length > 0) throw new Error('the task is not protected');
    },
  };
}
