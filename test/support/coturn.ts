import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IceServer } from '../../client/call/media.ts';
import { findTurnserver as findOrInstall, INSTALL_COMMAND } from '../../local/relay/turnserver.ts';
import { freePort, holdPorts } from './free-ports.ts';

/** The user `nobody` of Debian. */
const NOBODY = 65_534;

/** As the local cloud finds it. @throws Error that says what to do */
export function findTurnserver(): string {
  const found = findOrInstall();
  if (found) return found;
  throw new Error(`No coturn was found: ${INSTALL_COMMAND}`);
}

/** A coturn of its own on ports of its own, for loopback only. */
export class Coturn {
  readonly port: number;
  /** The ports that it gives to clients. */
  readonly range: { readonly first: number; readonly last: number };
  readonly #secret: string;
  readonly #child: ChildProcess;
  readonly #clean: () => Promise<void>;

  private constructor(
    port: number,
    range: Coturn['range'],
    secret: string,
    child: ChildProcess,
    clean: () => Promise<void>,
  ) {
    this.port = port;
    this.range = range;
    this.#secret = secret;
    this.#child = child;
    this.#clean = clean;
  }

  /** Returns when it answers. */
  static async start(): Promise<Coturn> {
    const [port, range, folder] = await Promise.all([
      freePort(),
      holdPorts(),
      mkdtemp(join(tmpdir(), 'sotto-coturn-')),
    ]);
    const secret = randomBytes(32).toString('base64url');
    const file = join(folder, 'turnserver.conf');
    await writeFile(file, configuration(port, range.first, range.last, secret), { mode: 0o600 });
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      await Promise.all([folder, file].map((path) => chown(path, NOBODY, NOBODY)));
      await chmod(folder, 0o700);
    }
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    const child = spawn(findTurnserver(), ['-c', file], { cwd: folder, stdio: 'ignore', ...user });
    const clean = async () => {
      await rm(folder, { recursive: true, force: true });
      await range.release();
    };
    const coturn = new Coturn(port, range, secret, child, clean);
    try {
      await answering(port, child);
      return coturn;
    } catch (error) {
      await coturn.kill();
      throw error;
    }
  }

  /** How a client reaches it, with credentials of its own for ten minutes. */
  server(transport: 'udp' | 'tcp'): IceServer {
    const username = `${Math.floor(Date.now() / 1000) + 600}:${randomBytes(16).toString('base64url')}`;
    const credential = createHmac('sha1', this.#secret).update(username).digest('base64');
    return { urls: [`turn:127.0.0.1:${this.port}?transport=${transport}`], username, credential };
  }

  /** Ends it without a word, as a power failure does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    await this.#clean();
  }
}

function configuration(port: number, first: number, last: number, secret: string): string {
  const lines = [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    `min-port=${first}`,
    `max-port=${last}`,
    'use-auth-secret',
    `static-auth-secret=${secret}`,
    'realm=sotto',
    'fingerprint',
    'allow-loopback-peers',
    'allowed-peer-ip=127.0.0.1',
    'no-cli',
    'no-tls',
    'no-dtls',
    'no-tcp-relay',
    'no-multicast-peers',
    'pidfile=turnserver.pid',
    'userdb=turnserver.db',
    'log-file=turnserver.log',
    'simple-log',
  ];
  return `${lines.join('\n')}\n`;
}

/** Asks until it answers: a STUN binding request (RFC 8489), which every TURN server knows. */
async function answering(port: number, child: ChildProcess): Promise<void> {
  const socket = createSocket('udp4');
  const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), randomBytes(12)]);
  const ask = () => socket.send(request, port, '127.0.0.1');
  const asking = setInterval(ask, 20);
  try {
    const ended = once(child, 'exit').then(() => {
      throw new Error('coturn has ended before it was ready');
    });
    await Promise.race([once(socket, 'message'), ended]);
  } finally {
    clearInterval(asking);
    socket.close();
  }
}
