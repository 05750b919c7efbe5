import type { EventEmitter } from 'node:events';
import type { Clock } from './clock.ts';
import { DrainOrder } from './drain-order.ts';
import { EXITS, type Exit, RelayEnded } from './exits.ts';
import { LONGEST_DRAIN_MS } from './protection.ts';
import { serve } from './serve.ts';
import { startRelay } from './start.ts';

/** ECS kills a task 120 seconds after it has asked it to stop: ten are for what comes after the drain. Milliseconds. */
const STOP_MS = 110_000;

export interface SuperviseOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Where SIGTERM (ECS stops the task), SIGUSR1 (somebody wants a drain, and has time) and SIGINT (now) come from. */
  readonly signals: EventEmitter;
  readonly write: (line: string) => void;
}

/** Runs a relay from its environment to its end. Never rejects. @returns the exit code of the process */
export async function supervise({ variables, clock, signals, write }: SuperviseOptions): Promise<number> {
  const order = new DrainOrder(clock);
  const onStop = () => order.give(STOP_MS);
  const onDrain = () => order.give(LONGEST_DRAIN_MS);
  const onEnd = () => order.give(0);
  signals.on('SIGTERM', onStop).on('SIGUSR1', onDrain).on('SIGINT', onEnd);
  const closers: (() => Promise<void>)[] = [];
  let exit: Exit = 'drained';
  try {
    const relay = await startRelay(variables, clock, (closer) => closers.push(closer));
    await serve(relay, { clock, order, write });
  } catch (error) {
    exit = error instanceof RelayEnded ? error.exit : 'internal';
    write(failureLine(exit, error));
  }
  for (const closer of closers.reverse()) await closer().catch(() => {});
  signals.off('SIGTERM', onStop).off('SIGUSR1', onDrain).off('SIGINT', onEnd);
  return EXITS[exit];
}

/**
 * What a person needs to know of a failure: how it ended, the name of the error behind it, and its message where that is this program's own. Those of the SDK hold
 * names of resources and addresses.
 */
function failureLine(exit: Exit, error: unknown): string {
  const cause = error instanceof RelayEnded ? error.cause : error;
  const name = cause instanceof Error ? cause.name : undefined;
  const own = cause instanceof Error && OWN.has(cause.name) ? cause.message : undefined;
  return `${JSON.stringify({ level: 'ERROR', event: 'ended', exit, error: name, message: own })}\n`;
}

const OWN: ReadonlySet<string> = new Set(['EnvironmentError', 'SelfTestError', 'TurnError']);
