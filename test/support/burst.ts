import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ActionName, ReplyOf, RequestOf } from '../../shared/protocol/actions.ts';
import { decodeReply, decodeServerFrame, encodeRequest } from '../../shared/protocol/frames.ts';
import { SUBPROTOCOL } from '../../shared/protocol/session.ts';

/** What came of the requests of a burst. */
export interface BurstOutcome<Name extends ActionName> {
  readonly replies: ReplyOf<Name>[];
  /** Codes of error replies. */
  readonly refused: string[];
  /** Requests that the gateway answered itself, without an id: throttled, or the environment died. Nobody knows which were carried out. */
  readonly unanswered: number;
}

/** So often a connection that was not let in is tried again: on a busy machine the authorizer may not answer in time. */
const OPENINGS = 10;

/**
 * Opens a connection, sends many requests at once and closes it when as many answers have come. Answers are told apart by id; a plain
 * client would take one complaint of the gateway for the answer to all.
 *
 * @param ticket makes a new ticket for each attempt to connect
 */
export async function burst<Name extends ActionName>(
  url: string,
  ticket: () => string,
  name: Name,
  requests: readonly Omit<RequestOf<Name>, 'action' | 'id'>[],
): Promise<BurstOutcome<Name>> {
  const socket = await opened(url, ticket);
  const outcome = { replies: [] as ReplyOf<Name>[], refused: [] as string[], unanswered: 0 };
  const { promise: done, resolve } = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    const frame = decodeServerFrame(String(data));
    if (frame.kind === 'reply') outcome.replies.push(decodeReply(name, frame.fields));
    else if (frame.kind === 'error') outcome.refused.push(frame.error.code);
    else if (frame.kind === 'other') outcome.unanswered++;
    if (outcome.replies.length + outcome.refused.length + outcome.unanswered === requests.length) resolve();
  });
  for (const [i, fields] of requests.entries()) {
    socket.send(encodeRequest(name, { ...fields, id: `b${i}` } as Omit<RequestOf<Name>, 'action'>));
  }
  if (requests.length > 0) await done;
  socket.close();
  await once(socket, 'close');
  return outcome;
}

async function opened(url: string, ticket: () => string): Promise<WebSocket> {
  for (let made = 1; ; made++) {
    const socket = new WebSocket(url, [SUBPROTOCOL, ticket()]);
    try {
      await once(socket, 'open');
      return socket;
    } catch (error) {
      if (made === OPENINGS) throw error;
    }
  }
}
