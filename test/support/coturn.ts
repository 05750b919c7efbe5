import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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

  /**
   * Returns when it answers.
   * @param secret default: one of its own @param overUdp false: as on a network that lets no UDP through, it answers over TCP only
   */
  static async start({ secret = randomBytes(32).toString('base64url'), overUdp = true } = {}): Promise<Coturn> {
    const [port, range, folder] = await Promise.all([
      freePort(),
      holdPorts(),
      mkdtemp(join(tmpdir(), 'sotto-coturn-')),
    ]);
    const file = join(folder, 'turnserver.conf');
    const lines = [...configuration(port, range.first, range.last, secret), ...(overUdp ? [] : ['no-udp'])];
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
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
      await answering(port, child, overUdp);
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

function configuration(port: number, first: number, last: number, secret: string): string[] {
  return [
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
}

const STUN_BINDING_REQUEST = '000100002112a442';
const ASK_EVERY_MS = 20;

/** Asks until it answers: a STUN binding request (RFC 8489), which every TURN server knows. */
async function answering(port: number, child: ChildProcess, overUdp: boolean): Promise<void> {
  const request = Buffer.concat([Buffer.from(STUN_BINDING_REQUEST, 'hex'), randomBytes(12)]);
  const over = new AbortController();
  const ended = once(child, 'exit').then(() => {
    throw new Error('coturn has ended before it was ready');
  });
  try {
    await Promise.race([(overUdp ? askOverUdp : askOverTcp)(port, request, over.signal), ended]);
  } finally {
    over.abort();
  }
}

async function askOverUdp(port: number, request: Buffer, over: AbortSignal): Promise<void> {
  const socket = createSocket('udp4');
  const asking = setInterval(() => socket.send(request, port, '127.0.0.1'), ASK_EVERY_MS);
  try {
    await once(socket, 'message', { signal: over });
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

async function askOverTcp(port: number, request: Buffer, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.write(request));
    const isAnswered = await once(socket, 'data', { signal: over }).then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isAnswered) return;
    await setTimeout(ASK_EVERY_MS);
  }
}
