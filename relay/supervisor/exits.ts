/**
 * How a relay ends. The number is the exit code of the process, and what ECS shows of a stopped task:
 *
 * | | |
 * |---|---|
 * | `drained` | was told to end, and has |
 * | `internal` | a fault of this program |
 * | `configuration` | the environment, or what follows from it, is wrong; nothing was started |
 * | `address` | the task's metadata or EC2 did not tell the relay its address |
 * | `secrets` | Secrets Manager gave no secret, or there is no tmpfs to keep it on |
 * | `start` | coturn is not there, did not start, or did not understand its configuration |
 * | `self-test` | coturn runs, but does not relay, or relays what it must not |
 * | `registration` | the Relays table did not take the relay in |
 * | `died` | coturn has ended by itself; its calls are lost |
 */
export const EXITS = {
  drained: 0,
  internal: 1,
  configuration: 10,
  address: 11,
  secrets: 12,
  start: 13,
  'self-test': 14,
  registration: 15,
  died: 16,
} as const;

export type Exit = keyof typeof EXITS;

/** The relay cannot go on. */
export class RelayEnded extends Error {
  override readonly name = 'RelayEnded';
  readonly exit: Exit;

  constructor(exit: Exit, options?: ErrorOptions) {
    super(exit, options);
    this.exit = exit;
  }
}

/** Whatever goes wrong in this step ends the relay with this exit. */
export async function during<T>(exit: Exit, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof RelayEnded ? error : new RelayEnded(exit, { cause: error });
  }
}
