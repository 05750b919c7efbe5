import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { startCoturn } from '../../relay/coturn/process.ts';
import { parseProcessor } from '../../relay/machine/counters.ts';
import { openScratch } from '../../relay/machine/scratch.ts';
import { TurnClient } from '../../relay/turn/client.ts';
import { credentialsOf } from '../../relay/turn/credentials.ts';
import { untilReachable } from '../../relay/turn/reachable.ts';
import { openUdp } from '../../relay/turn/socket.ts';
import { freePort, holdPorts } from '../../test/support/free-ports.ts';
import { RelayCoturn } from '../../test/support/relay-coturn.ts';

/** A relay that runs, and a client of it. */
interface Subject {
  readonly pid: number;
  readonly client: TurnClient;
  close(): Promise<void>;
}

/** Of a video packet, bytes. */
const SIZE = 1_100;

/** Sent before the relay is waited for: fewer than its buffers hold. */
const BURST = 50;

/**
 * Microseconds of coturn's processor time for a packet from a client's channel to a peer.
 *
 * @param kind `plain`: coturn with what it needs to admit anybody, and nothing else
 */
export async function measureRelay(kind: 'ours' | 'plain', packets: number): Promise<number> {
  const subject = await (kind === 'ours' ? ours() : plain());
  const peer = createSocket('udp4');
  try {
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    await subject.client.allocate();
    await subject.client.bind(0x4000, { address: '127.0.0.1', port: peer.address().port });
    await send(subject.client, peer, packets / 10);
    const before = processorOf(subject.pid);
    await send(subject.client, peer, packets);
    return ((processorOf(subject.pid) - before) * 1000) / packets;
  } finally {
    peer.close();
    await subject.close();
  }
}

async function send(client: TurnClient, peer: ReturnType<typeof createSocket>, packets: number): Promise<void> {
  const data = Buffer.alloc(SIZE, 7);
  let arrived = 0;
  let wake = (): void => {};
  const count = (): void => {
    arrived++;
    if (arrived % BURST === 0) wake();
  };
  peer.on('message', count);
  for (let sent = 0; sent < packets; sent += BURST) {
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    for (let i = 0; i < BURST; i++) client.sendOn(0x4000, data);
    await all;
  }
  peer.off('message', count);
}

async function ours(): Promise<Subject> {
  const relay = await RelayCoturn.start({ maxBytesPerSecond: 1_000_000_000 });
  return { pid: relay.coturn.pid, client: await relay.client(), close: () => relay.close() };
}

async function plain(): Promise<Subject> {
  const [port, ports, scratch] = await Promise.all([freePort(), holdPorts(), openScratch()]);
  const secret = 'only-for-a-benchmark';
  const lines = [
    ...[
      'log-file=stdout',
      'listening-ip=127.0.0.1',
      'relay-ip=127.0.0.1',
      'allow-loopback-peers',
      'no-cli',
      'realm=sotto',
    ],
    ...[`listening-port=${port}`, `min-port=${ports.first}`, `max-port=${ports.last}`, 'use-auth-secret'],
    ...[`static-auth-secret=${secret}`, `pidfile=${scratch.folder}/pid`, `userdb=${scratch.folder}/db`],
  ];
  const coturn = await startCoturn(await scratch.write('turnserver.conf', `${lines.join('\n')}\n`), false);
  await untilReachable({ address: '127.0.0.1', port }, 10_000);
  const credentials = credentialsOf(secret, Math.floor(Date.now() / 1000) + 600);
  const client = new TurnClient(await openUdp({ address: '127.0.0.1', port }), credentials);
  return {
    pid: coturn.pid,
    client,
    close: async () => {
      client.close();
      await coturn.stop();
      await Promise.all([scratch.close(), ports.release()]);
    },
  };
}

function processorOf(pid: number): number {
  return parseProcessor(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
