import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { attribute, decode, encode } from '../../../relay/turn/message.ts';
import { ATTRIBUTE, CLASS, METHOD, TRANSPORT } from '../../../relay/turn/types.ts';
import { answerTo, RelayCoturn } from '../../support/relay-coturn.ts';

let relay: RelayCoturn | undefined;

afterEach(async () => {
  await relay?.close();
  relay = undefined;
});

describe('quotas', () => {
  it('of one user are for the part of the name after the time', async () => {
    relay = await RelayCoturn.start({ userQuota: 2 });
    for (let i = 0; i < 2; i++)
      expect(await answerTo((await relay.client(relay.credentials('alice'))).allocate())).toBe('granted');
    expect(await answerTo((await relay.client(relay.credentials('alice'))).allocate())).toBe(486);
    expect(await answerTo((await relay.client(relay.credentials('bob'))).allocate())).toBe('granted');
  });

  it('of one user are free again when an allocation is given back', async () => {
    relay = await RelayCoturn.start({ userQuota: 1 });
    const first = await relay.client(relay.credentials('alice'));
    await first.allocate();
    await first.refresh(0);
    const again = () => relay?.client(relay.credentials('alice')).then((client) => answerTo(client.allocate()));
    await expect.poll(again, { timeout: 10_000 }).toBe('granted');
  });

  it('of all users together hold', async () => {
    relay = await RelayCoturn.start({ userQuota: 2, totalQuota: 5 });
    const answers: unknown[] = [];
    for (let i = 0; i < 7; i++) answers.push(await answerTo((await relay.client()).allocate()));
    expect(answers.slice(0, 5)).toEqual(Array(5).fill('granted'));
    expect(answers.slice(5)).toEqual([486, 486]);
  });
});

describe('what opens more than UDP to one peer', () => {
  it('is refused: TCP to peers (RFC 6062)', async () => {
    relay = await RelayCoturn.start();
    expect(await answerTo((await relay.tcpClient()).allocate(TRANSPORT.tcp))).toBe(442);
    const client = await relay.tcpClient();
    await client.allocate();
    const connect = client.request(METHOD.connect, () => [
      [ATTRIBUTE.peer, Uint8Array.of(0, 1, 0x21, 0x1b, 0xe7, 0x21, 0xc0, 0x43)],
    ]);
    expect(await answerTo(connect)).toBeGreaterThanOrEqual(400);
  });

  it('is refused: taking an allocation along to another address (RFC 8016)', async () => {
    relay = await RelayCoturn.start();
    const client = await relay.client();
    expect(await answerTo(client.allocate(TRANSPORT.udp, [[ATTRIBUTE.mobilityTicket, new Uint8Array(0)]]))).toBe(405);
    await client.allocate();
    const stolen = await relay.client();
    const resume = stolen.request(METHOD.refresh, () => [[ATTRIBUTE.mobilityTicket, new Uint8Array(16)]]);
    expect(await answerTo(resume)).toBeGreaterThanOrEqual(400);
  });
});

/** A request of so many bytes that nobody has signed. */
function unsigned(transaction: number): Buffer {
  const id = Buffer.alloc(12);
  id.writeUInt32BE(transaction);
  return encode({
    method: METHOD.allocate,
    class: CLASS.request,
    transaction: id,
    attributes: [[ATTRIBUTE.transport, Uint8Array.of(TRANSPORT.udp, 0, 0, 0)]],
  });
}

/** Megabytes of a process in memory. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('a flood of requests that nobody has signed', () => {
  it('from one socket takes no memory, and is answered with a challenge of known size or not at all', async () => {
    relay = await RelayCoturn.start();
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const sizes = new Set<number>();
    let answers = 0;
    socket.on('message', (bytes) => {
      answers++;
      sizes.add(bytes.length);
    });
    const before = memoryOf(relay.coturn.pid);
    const requests = 20_000;
    for (let sent = 0; sent < requests; sent += 100) {
      for (let i = 0; i < 100; i++) socket.send(unsigned(sent + i), relay.settings.listenPort, '127.0.0.1');
      await new Promise((resolve) => setImmediate(resolve));
    }
    // It still has time for whoever has credentials.
    expect(await answerTo((await relay.client()).allocate())).toBe('granted');
    socket.close();
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThanOrEqual(requests);
    // The header, error, realm, nonce and fingerprint; a request has 36 bytes.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(112);
    expect(memoryOf(relay.coturn.pid) - before).toBeLessThan(32);
  });

  it('from many sockets takes a bounded amount of memory each', async () => {
    relay = await RelayCoturn.start();
    const sockets = Array.from({ length: 500 }, () => createSocket('udp4'));
    const before = memoryOf(relay.coturn.pid);
    const server = relay.settings.listenPort;
    await Promise.all(
      sockets.map(async (socket, i) => {
        socket.bind(0, '127.0.0.1');
        await once(socket, 'listening');
        socket.send(unsigned(i), server, '127.0.0.1');
      }),
    );
    expect(await answerTo((await relay.client()).allocate())).toBe('granted');
    for (const socket of sockets) socket.close();
    // 4.6.1 keeps a session for each until it times out; newer ones keep nothing.
    expect((memoryOf(relay.coturn.pid) - before) * 1024).toBeLessThan(sockets.length * 64);
  });
});

it('says nothing of its name and version', async () => {
  relay = await RelayCoturn.start();
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answer = once(socket, 'message');
  socket.send(unsigned(1), relay.settings.listenPort, '127.0.0.1');
  const [bytes] = await answer;
  socket.close();
  const message = decode(bytes);
  const software = 0x8022;
  expect(message && attribute(message, software)).toBeUndefined();
  expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/coturn/i);
});
