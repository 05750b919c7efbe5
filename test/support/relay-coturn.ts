import { appendFile } from 'node:fs/promises';
import { renderConfiguration } from '../../relay/coturn/configuration.ts';
import { type Coturn, startCoturn } from '../../relay/coturn/process.ts';
import type { RelaySettings } from '../../relay/coturn/settings.ts';
import { USER_DATABASE, writeUserDatabase } from '../../relay/coturn/user-database.ts';
import { dialectOf } from '../../relay/coturn/version.ts';
import { installedVersion } from '../../relay/coturn/version-of.ts';
import { openScratch } from '../../relay/machine/scratch.ts';
import { TurnClient, TurnError } from '../../relay/turn/client.ts';
import { type Credentials, credentialsOf } from '../../relay/turn/credentials.ts';
import { untilReachable } from '../../relay/turn/reachable.ts';
import { openTcp, openUdp } from '../../relay/turn/socket.ts';
import { findTurnserver } from './coturn.ts';
import { freePort, holdPorts } from './free-ports.ts';
import { localSettings } from './relay-settings.ts';

/** The installed coturn with the configuration of a relay, and clients for it. Nothing is left of either after `close`. */
export class RelayCoturn {
  readonly settings: RelaySettings;
  readonly coturn: Coturn;
  readonly #clients: TurnClient[] = [];
  readonly #release: () => Promise<void>;

  private constructor(settings: RelaySettings, coturn: Coturn, release: () => Promise<void>) {
    this.settings = settings;
    this.coturn = coturn;
    this.#release = release;
  }

  /** @param lines more lines for turnserver.conf, for what the generator never writes */
  static async start(change: Partial<RelaySettings> = {}, lines: readonly string[] = []): Promise<RelayCoturn> {
    findTurnserver();
    const [version, listenPort, ports, scratch] = await Promise.all([
      installedVersion(),
      freePort(),
      holdPorts(),
      openScratch(),
    ]);
    const settings = localSettings({
      version,
      listenPort,
      minPort: ports.first,
      maxPort: ports.last,
      totalQuota: 40,
      folder: scratch.folder,
      ...change,
    });
    const file = await scratch.write('turnserver.conf', renderConfiguration(settings));
    await appendFile(file, lines.map((line) => `${line}\n`).join(''));
    await scratch.make(USER_DATABASE, writeUserDatabase);
    const coturn = await startCoturn(file, dialectOf(version).drains);
    const release = async (): Promise<void> => {
      await coturn.stop();
      await Promise.all([scratch.close(), ports.release()]);
    };
    try {
      await untilReachable({ address: settings.address, port: listenPort }, 10_000);
    } catch (error) {
      await release();
      throw error;
    }
    return new RelayCoturn(settings, coturn, release);
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
    await this.#release();
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
