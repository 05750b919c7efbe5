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

/**
 * Opens a connection, sends many requests at once and closes it when as many answers have come. Answers are told apart by id; a plain
 * client would take one complaint of the gateway for the answer to all.
 */
export async function burst<Name extends ActionName>(
  url: string,
  ticket: string,
  name: Name,
  requests: readonly Omit<RequestOf<Name>, 'action' | 'id'>[],
): Promise<BurstOutcome<Name>> {
  const socket = new WebSocket(url, [SUBPROTOCOL, ticket]);
  await once(socket, 'open');
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
