import { parseTicket } from '../../shared/trust/ticket.ts';
import {
  type Frame,
  type Interceptor,
  type Line,
  type ManInTheMiddle,
  startManInTheMiddle,
} from '../../tools/adversary/man-in-the-middle.ts';

/** What the client hears in place of a frame: the frame itself, another one, or nothing. */
export type Script = (frame: Frame, heard: Heard) => Frame | undefined;

export interface Heard {
  /** Of the request that the frame answers. */
  readonly action: string | undefined;
  /** Of the device on the line; undefined for guests. */
  readonly account: string | undefined;
  readonly device: number | undefined;
}

/** A server that does what a test says, in front of a real one. */
export class ScriptedServer implements Interceptor {
  /** Honest until a test says otherwise. */
  script: Script = (frame) => frame;
  /** Every frame that clients have sent. */
  readonly requests: Frame[] = [];
  readonly #lines: Line[] = [];
  readonly #actions = new Map<string, string>();
  #middle: ManInTheMiddle | undefined;

  static async start(upstream: string): Promise<ScriptedServer> {
    const server = new ScriptedServer();
    server.#middle = await startManInTheMiddle(upstream, server);
    return server;
  }

  get url(): string {
    return this.#middle?.url ?? '';
  }

  async close(): Promise<void> {
    await this.#middle?.close();
  }

  /** Says something to every connection of a device. */
  tell(account: string, device: number, frame: Frame): void {
    for (const line of this.#lines) {
      const owner = ownerOf(line);
      if (owner.account === account && owner.device === device) line.tell(frame);
    }
  }

  fromClient(frame: Frame, line: Line): void {
    this.requests.push(frame);
    if (!this.#lines.includes(line)) this.#lines.push(line);
    this.#actions.set(`${line.id}/${String(frame.id)}`, String(frame.action));
  }

  fromServer(frame: Frame, line: Line): void {
    const action = this.#actions.get(`${line.id}/${String(frame.id)}`);
    const said = this.script(frame, { action, ...ownerOf(line) });
    if (said) line.tell(said);
  }
}

function ownerOf({ protocols }: Line): Pick<Heard, 'account' | 'device'> {
  const ticket = parseTicket(protocols[1] ?? '');
  return ticket?.kind === 'device'
    ? { account: ticket.account, device: ticket.device }
    : { account: undefined, device: undefined };
}
