import { appendFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { IceServer } from '../../client/call/media.ts';
import { findTurnserver as findOrInstall, INSTALL_COMMAND } from '../../local/relay/turnserver.ts';
import { renderConfiguration } from '../../relay/coturn/configuration.ts';
import { type Coturn as CoturnProcess, startCoturn } from '../../relay/coturn/process.ts';
import type { RelaySettings } from '../../relay/coturn/settings.ts';
import { USER_DATABASE, writeUserDatabase } from '../../relay/coturn/user-database.ts';
import { dialectOf } from '../../relay/coturn/version.ts';
import { installedVersion } from '../../relay/coturn/version-of.ts';
import { openScratch } from '../../relay/machine/scratch.ts';
import type { Endpoint } from '../../relay/turn/address.ts';
import { credentialsOf } from '../../relay/turn/credentials.ts';
import { untilReachable } from '../../relay/turn/reachable.ts';
import { openTcp } from '../../relay/turn/socket.ts';
import { freePort, holdPorts } from './free-ports.ts';
import { localSettings } from './relay-settings.ts';

const ASK_EVERY_MS = 20;

/** As the local cloud finds it. @throws Error that says what to do */
export function findTurnserver(): string {
  const found = findOrInstall();
  if (found) return found;
  throw new Error(`No coturn was found: ${INSTALL_COMMAND}`);
}

/** The installed coturn with the configuration of a relay, on ports of its own, for loopback only. Nothing is left of it when it has ended. */
export class Coturn {
  readonly settings: RelaySettings;
  readonly running: CoturnProcess;
  #hasEnded = false;
  readonly #clean: () => Promise<unknown>;

  private constructor(settings: RelaySettings, running: CoturnProcess, clean: () => Promise<unknown>) {
    this.settings = settings;
    this.running = running;
    this.#clean = clean;
    void running.ended.then(() => {
      this.#hasEnded = true;
    });
  }

  /**
   * Returns when it answers.
   *
   * @param change settings; `overUdp` false: as on a network that lets no UDP through, it answers over TCP only
   * @param lines more lines for turnserver.conf, for what the generator never writes
   */
  static async start(
    { overUdp = true, ...change }: Partial<RelaySettings> & { readonly overUdp?: boolean } = {},
    lines: readonly string[] = [],
  ): Promise<Coturn> {
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
      userQuota: 8,
      totalQuota: 40,
      folder: scratch.folder,
      ...change,
    });
    const file = await scratch.write('turnserver.conf', renderConfiguration(settings));
    const more = overUdp ? lines : [...lines, 'no-udp'];
    await appendFile(file, more.map((line) => `${line}\n`).join(''));
    await scratch.make(USER_DATABASE, writeUserDatabase);
    const running = await startCoturn(file, dialectOf(version).drains);
    const coturn = new Coturn(settings, running, () => Promise.all([scratch.close(), ports.release()]));
    try {
      const server = { address: settings.address, port: listenPort };
      await (overUdp ? untilReachable(server, 10_000) : untilListening(server));
    } catch (error) {
      await coturn.stop();
      throw error;
    }
    return coturn;
  }

  get port(): number {
    return this.settings.listenPort;
  }

  /** The ports that it gives to clients. */
  get range(): { readonly first: number; readonly last: number } {
    return { first: this.settings.minPort, last: this.settings.maxPort };
  }

  /** How a client reaches it, with credentials of its own for ten minutes. */
  server(transport: 'udp' | 'tcp'): IceServer {
    const expires = Math.floor(Date.now() / 1000) + 600;
    const { username, password } = credentialsOf(this.settings.secrets[0] ?? '', expires);
    return { urls: [`turn:127.0.0.1:${this.port}?transport=${transport}`], username, credential: password };
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.#clean();
  }

  /** Ends it without a word, as a power failure does. Does nothing when it has ended. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) process.kill(this.running.pid, 'SIGKILL');
    await this.running.ended;
    await this.#clean();
  }
}

/** Resolves when it takes connections over TCP. */
async function untilListening(server: Endpoint): Promise<void> {
  for (;;) {
    const socket = await openTcp(server).catch(() => undefined);
    if (socket) return socket.close();
    await setTimeout(ASK_EVERY_MS);
  }
}
