import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openMemoryStore } from '../../../../client/storage/memory-store.ts';
import type { TransportState } from '../../../../client/transport/line.ts';
import { nodePlatform } from '../../../../client/transport/node-platform.ts';
import { TIMINGS, type Timings } from '../../../../client/transport/timings.ts';
import { Transport } from '../../../../client/transport/transport.ts';
import { EnvelopeServer, type Mischief } from '../../../support/envelope-server.ts';
import { connectKey, DEVICE } from '../../../support/transport-fixture.ts';

/** The same rules, a thousand times faster, and patient. */
const FAST: Timings = {
  ...TIMINGS,
  request: 200,
  backoffBase: 2,
  backoffCap: 20,
  stable: 20,
  attempts: 10_000,
  sameRefusals: 10_000,
};

let server: EnvelopeServer;
beforeEach(async () => {
  server = await EnvelopeServer.start(connectKey);
});
afterEach(() => server.close());

async function connect(timings: Timings, device = DEVICE): Promise<Transport> {
  const store = await openMemoryStore();
  const transport = new Transport({ endpoint: server.endpoint, device, store, platform: nodePlatform, timings });
  onTestFinished(() => transport.close());
  return transport;
}

function until(transport: Transport, kind: TransportState['kind']): Promise<TransportState> {
  return new Promise((resolve) => {
    const stop = transport.onState((state) => {
      if (state.kind !== kind) return;
      stop();
      resolve(state);
    });
  });
}

const messageId = (n: number): string => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;

function send(transport: Transport, n: number) {
  const devices = [{ device: 1, registration: 1, type: 2 as const, ciphertext: Uint8Array.of(n) }];
  const [to, commitment] = [DEVICE.account, new Uint8Array(32)];
  return transport.request('message.send', {
    message: messageId(n),
    to,
    list: 1,
    commitment,
    ttl: 60,
    urgent: false,
    devices,
  });
}

describe('over real sockets', () => {
  it('answers come back to their requests', async () => {
    const transport = await connect(TIMINGS);
    expect(await transport.request('hello', {})).toMatchObject({ admission: 'open' });
    expect(await send(transport, 1)).toMatchObject({ devices: [{ device: 1, status: 'stored' }], sequence: 1 });
  });

  it('no message is lost or stored twice, whatever the server does to requests and answers', async () => {
    const mischief: fc.Arbitrary<Mischief> = fc.record(
      {
        drop: fc.constantFrom('before', 'after'),
        silent: fc.constant(true),
        unavailable: fc.constant(true),
        delay: fc.nat(30),
        repeat: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const well: Mischief = {};
    const plan = fc.array(fc.oneof({ weight: 2, arbitrary: mischief }, { weight: 3, arbitrary: fc.constant(well) }), {
      minLength: 10,
      maxLength: 60,
    });
    let first = 1;
    await fc.assert(
      fc.asyncProperty(plan, fc.boolean(), async (moods, old) => {
        // With `old`, connections are replaced all the time as well.
        const transport = await connect(old ? { ...FAST, replace: 40 } : FAST);
        server.mischief = () => moods.shift() ?? well;
        const numbers = Array.from({ length: 30 }, (_, i) => first + i);
        first += numbers.length;
        const answers = await Promise.all(numbers.map((n) => send(transport, n)));
        expect(answers.map(({ devices }) => devices[0]?.status)).toEqual(numbers.map(() => 'stored'));
        expect(numbers.filter((n) => !server.stored.has(messageId(n)))).toEqual([]);
        transport.close();
        await server.idle();
      }),
      { numRuns: 15, seed: 6 },
    );
    expect(server.stored.size).toBe(first - 1);
    expect(server.sends).toBeGreaterThan(server.stored.size);
  });

  it('a connection is replaced while requests run, the new one before the old one', async () => {
    const transport = await connect({ ...FAST, replace: 50, request: 10_000 });
    const states: string[] = [];
    transport.onState(({ kind }) => states.push(kind));
    server.mischief = () => ({ delay: 20 });
    let sent = 0;
    while (states.filter((kind) => kind === 'online').length < 6) await send(transport, ++sent);
    expect(new Set(states)).toEqual(new Set(['online']));
    expect(server.mostSockets).toBe(2);
    expect(server.stored.size).toBe(sent);
  });

  it('a refused device learns why', async () => {
    const stranger = { ...DEVICE, connectSecret: new Uint8Array(32).fill(9) };
    const transport = await connect({ ...FAST, sameRefusals: 3 }, stranger);
    expect(await until(transport, 'refused')).toEqual({ kind: 'refused', reason: 'device-unknown' });
  });

  it('a copy of the device makes the other one stop instead of fighting', async () => {
    const first = await connect(FAST);
    await send(first, 1);
    const second = await connect(FAST);
    await send(second, 2);
    await expect(send(first, 3)).rejects.toMatchObject({ code: 'refused', reason: 'superseded' });
    await send(second, 4);
    expect(first.state).toEqual({ kind: 'refused', reason: 'superseded' });
    first.reconnect();
    await send(first, 5);
    await expect(send(second, 6)).rejects.toMatchObject({ code: 'refused', reason: 'superseded' });
  });

  it('nothing stays open after closing', async () => {
    const transport = await connect(TIMINGS);
    await send(transport, 1);
    server.mischief = () => ({ silent: true });
    const waiting = send(transport, 2);
    transport.close();
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
    await server.idle();
  });

  it('a program that has closed its transport and its store ends by itself', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sotto-transport-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const program = fileURLToPath(new URL('../../../support/transport-process.ts', import.meta.url));
    const child = spawn(process.execPath, [program, server.endpoint, directory], { stdio: 'inherit' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
