import type { Coturn as CoturnProcess } from '../../relay/coturn/process.ts';
import type { RelaySettings } from '../../relay/coturn/settings.ts';
import { dialectOf } from '../../relay/coturn/version.ts';
import { TurnClient, TurnError } from '../../relay/turn/client.ts';
import { type Credentials, credentialsOf } from '../../relay/turn/credentials.ts';
import { openTcp, openUdp } from '../../relay/turn/socket.ts';
import { Coturn } from './coturn.ts';

/** A coturn, and clients for it. Nothing is left of either after `close`. */
export class RelayCoturn {
  readonly #coturn: Coturn;
  readonly #clients: TurnClient[] = [];

  private constructor(coturn: Coturn) {
    this.#coturn = coturn;
  }

  /** @param lines more lines for turnserver.conf, for what the generator never writes */
  static async start(change: Partial<RelaySettings> = {}, lines: readonly string[] = []): Promise<RelayCoturn> {
    return new RelayCoturn(await Coturn.start(change, lines));
  }

  get settings(): RelaySettings {
    return this.#coturn.settings;
  }

  get coturn(): CoturnProcess {
    return this.#coturn.running;
  }

  get server() {
    return { address: this.settings.address, port: this.settings.listenPort };
  }

  get drains(): boolean {
    return dialectOf(this.settings.version).drains;
  }

  /** Credentials that are good for ten minutes. */
  credentials(user?: string): Credentials {
    return credentialsOf(this.settings.secrets[0] ?? '', seconds() + 600, user);
  }

  /** A client over UDP that has not asked for anything yet. */
  async client(credentials: Credentials = this.credentials()): Promise<TurnClient> {
    return this.#closedLater(new TurnClient(await openUdp(this.server), credentials));
  }

  async tcpClient(credentials: Credentials = this.credentials()): Promise<TurnClient> {
    return this.#closedLater(new TurnClient(await openTcp(this.server), credentials));
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#coturn.stop();
  }

  #closedLater(client: TurnClient): TurnClient {
    this.#clients.push(client);
    return client;
  }
}

/** Since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The code that a request was refused with; `granted` when it was not. */
export async function answerTo(request: Promise<unknown>): Promise<number | 'granted'> {
  try {
    await request;
    return 'granted';
  } catch (error) {
    if (error instanceof TurnError) return error.code;
    throw error;
  }
}
