import { setTimeout as wait } from 'node:timers/promises';
import type { Endpoint } from './address.ts';
import { openUdp } from './socket.ts';
import { NoAnswerError, Transactions } from './transactions.ts';
import { METHOD } from './types.ts';

/** Milliseconds between two questions. */
const INTERVAL = 50;

/**
 * Resolves when a STUN server answers over UDP.
 *
 * @param patience milliseconds
 * @throws NoAnswerError
 */
export async function untilReachable(server: Endpoint, patience: number): Promise<void> {
  const socket = await openUdp(server);
  const transactions = new Transactions(socket, { message: () => {}, channel: () => {} });
  const { promise: answered, resolve } = Promise.withResolvers<boolean>();
  const end = Date.now() + patience;
  try {
    while (Date.now() < end) {
      // Packets to a port that nobody listens on yet are lost: a new question each time, and the first answer counts.
      transactions
        .ask(METHOD.binding, () => [])
        .then(
          () => resolve(true),
          () => {},
        );
      if (await Promise.race([answered, wait(INTERVAL, false)])) return;
    }
    throw new NoAnswerError('no answer');
  } finally {
    socket.close();
  }
}
