import { CONNECTING_MS } from '../protocol/limits.ts';
import type { Connections, Presence } from './connections.ts';
import type { Posts } from './posts.ts';

export interface Delivery {
  readonly to: Presence;
  readonly frame: string;
}

/** Frames to devices that are connected. What a push announces can always be asked for, so a push may fail. */
export interface Pushes {
  /**
   * Posts to those who have a socket, all at once: callers send to the devices of one account, at most eight. Sockets that turn out to
   * be gone are forgotten. Answers when all is done, because a Lambda environment is frozen with its answer.
   */
  push(deliveries: readonly Delivery[]): Promise<void>;
  /** Closes the sockets of devices that were removed. */
  end(presences: readonly Presence[]): Promise<void>;
}

export function pushes(posts: Posts, connections: Pick<Connections, 'close'>, now: () => number): Pushes {
  const pushOne = async ({ to, frame }: Delivery) => {
    if (!to.socket) return;
    const { connection, connectedAt } = to.socket;
    const outcome = await posts.post(connection, frame);
    // Closes: a post that arrives during $connect is answered 410 too; taking the socket away then would leave the device deaf.
    if (outcome === 'gone' && connectedAt + CONNECTING_MS < now()) {
      await connections.close(to.account, to.device, connection);
    }
  };

  return {
    async push(deliveries) {
      await Promise.all(deliveries.map(pushOne));
    },
    async end(presences) {
      await Promise.all(presences.map(({ socket }) => socket && posts.end(socket.connection)));
    },
  };
}
