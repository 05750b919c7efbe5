import { once } from 'node:events';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ACTIONS, GUEST_ACTIONS } from '../../../shared/protocol/actions.ts';
import { decodeServerFrame } from '../../../shared/protocol/frames.ts';
import { SUBPROTOCOL } from '../../../shared/protocol/session.ts';
import { signGuestTicket } from '../../../shared/trust/ticket.ts';
import { DeploymentTables } from '../../support/deployment-tables.ts';
import { seededBytes } from '../../support/identities.ts';
import { Person } from '../../support/person.ts';
import { type Sotto, startSotto } from '../../support/sotto.ts';
import { meaningless, noRequests, WELL_FORMED } from './requests.ts';

const RUNS = 250;
const SEED = 7;

let cloud: Sotto;
let tables: DeploymentTables;
let device: WebSocket;
let guest: WebSocket;

beforeAll(async () => {
  cloud = await startSotto();
  tables = new DeploymentTables(cloud);
  const person = await Person.create(cloud.url, 'fuzzed');
  device = await open(person.ticket(1));
  guest = await open(signGuestTicket(seededBytes('guest'), cloud.url, Date.now()));
});
afterAll(async () => {
  for (const socket of [device, guest]) socket?.close();
  tables?.close();
  await cloud?.close();
});

async function open(ticket: string): Promise<WebSocket> {
  const socket = new WebSocket(cloud.url, [SUBPROTOCOL, ticket]);
  await once(socket, 'open');
  return socket;
}

/** What comes back for a frame. The gateway's own word that there are too many is no answer: the frame has reached nothing, and is sent again. */
async function exchange(socket: WebSocket, frame: string): Promise<string> {
  for (;;) {
    const answer = once(socket, 'message');
    socket.send(frame);
    const text = String((await answer)[0]);
    if (!text.startsWith('{"message":"Too Many Requests"')) return text;
  }
}

/** `ok`, or the code of the error. @throws ProtocolError when the answer is neither, or not as the protocol wants it */
async function answerTo(socket: WebSocket, frame: string): Promise<string> {
  const decoded = decodeServerFrame(await exchange(socket, frame));
  if (decoded.kind === 'error') return decoded.error.code;
  return decoded.kind === 'reply' ? 'ok' : `${decoded.kind} to ${frame}`;
}

/** Everything that is kept, but for the counters of rates. */
async function everything(): Promise<unknown> {
  const found = await Promise.all(
    (['DeviceLists', 'Connections', 'PreKeys', 'Mailbox', 'Ephemera', 'FrankingKeys'] as const).map((table) =>
      tables.scan(table),
    ),
  );
  return found.flat().filter(({ key }) => !key?.S?.startsWith('rate#'));
}

describe.each(['device', 'guest'])('to a %s', (who) => {
  const socket = () => (who === 'device' ? device : guest);

  it('no frame that is not a request is answered with anything but an error of the protocol, or changes anything', async () => {
    const before = await everything();
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(noRequests, async (frame) => {
        const code = await answerTo(socket(), frame);
        codes.add(code);
        expect(['bad-frame', 'bad-request', 'unknown-action']).toContain(code);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expect(codes.size).toBe(3);
    expect(await everything()).toEqual(before);
  });
});

describe('a request that means nothing', () => {
  /** These do what they are asked to, whatever bytes they are given. */
  const OBEYED = new Set(['account.tokens', 'link.open', 'call.claim', 'relay.credentials']);

  it('is refused or does nothing', async () => {
    const before = await everything();
    const codes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(meaningless, fc.boolean(), async (frame, asGuest) => {
        if (OBEYED.has(JSON.parse(frame).action)) return;
        codes.add(await answerTo(asGuest ? guest : device, frame));
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expect(await everything()).toEqual(before);
    for (const code of codes) expect(['internal', 'unavailable', 'bad-frame', 'unknown-action']).not.toContain(code);
  });

  it.each(Object.keys(ACTIONS))('%s reaches its handler', async (action) => {
    const isGuests = GUEST_ACTIONS.has(action as keyof typeof ACTIONS) && action !== 'hello';
    const frame = JSON.stringify({ action, id: 'fuzz', ...WELL_FORMED[action as keyof typeof ACTIONS] });
    expect(await answerTo(isGuests ? guest : device, frame)).not.toMatch(/^bad-|unknown-action|internal/);
  });
});
