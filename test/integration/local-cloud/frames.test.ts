import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Client, connect } from '../../support/fixture-stack/client.ts';
import { type FixtureCloud, startFixture } from '../../support/fixture-stack/cloud.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const KB = 1024;
const MINUTE = 60_000;

let cloud: FixtureCloud;
const clock = new ManualClock();

beforeAll(async () => {
  cloud = await startFixture({ clock });
});
afterAll(() => cloud.remove());

/** A frame for the ping route of exactly so many bytes. */
function pingOf(bytes: number): string {
  const empty = JSON.stringify({ action: 'ping', filler: '' });
  return JSON.stringify({ action: 'ping', filler: 'x'.repeat(bytes - empty.length) });
}

function sendInFrames(client: Client, text: string, frameBytes: number): void {
  for (let start = 0; start < text.length; start += frameBytes) {
    const end = start + frameBytes;
    client.socket.send(text.slice(start, end), { fin: end >= text.length });
  }
}

/** The gateway has handled everything that this client sent so far. */
const handled = (client: Client): Promise<unknown> => client.ask({ action: 'ping' });

describe('what a client may send', () => {
  it('closes with 1003 on a binary message', async () => {
    const client = await connect(cloud.url, 'allow.binary');
    client.socket.send(Buffer.from('{"action":"ping"}'));
    expect(await client.closed).toBe(1003);
  });

  it('takes a frame of 32 KB', async () => {
    const client = await connect(cloud.url, 'allow.frame');
    client.socket.send(pingOf(32 * KB));
    expect(await client.next()).toEqual({ event: 'pong' });
    await client.close();
  });

  it('closes with 1009 on a frame of one byte more, and handles nothing of it', async () => {
    const client = await connect(cloud.url, 'allow.frame');
    const before = cloud.observations.length;
    client.socket.send(pingOf(32 * KB + 1));
    expect(await client.closed).toBe(1009);
    expect(cloud.observations.slice(before).filter(({ type }) => type === 'message')).toEqual([]);
  });

  it('takes a message of 128 KB in frames of 32 KB', async () => {
    const client = await connect(cloud.url, 'allow.message');
    sendInFrames(client, pingOf(128 * KB), 32 * KB);
    expect(await client.next()).toEqual({ event: 'pong' });
    await client.close();
  });

  it('closes with 1009 on a message of one byte more, however small its frames', async () => {
    const client = await connect(cloud.url, 'allow.message');
    sendInFrames(client, pingOf(128 * KB + 1), 16 * KB);
    expect(await client.closed).toBe(1009);
  });
});

describe('what a client gets', () => {
  it('comes in frames of at most 32 KB', async () => {
    const client = await connect(cloud.url, 'allow.large');
    const sizes: number[] = [];
    // The receiver of the WebSocket library emits whole messages: the frame headers are read off the wire.
    const { frameSizes } = await import('../../../local/gateway/frame-sizes.ts');
    const raw: unknown = Reflect.get(client.socket, '_socket');
    if (!(raw instanceof (await import('node:net')).Socket)) throw new Error('the client has no socket');
    raw.prependListener(
      'data',
      frameSizes((bytes) => sizes.push(bytes)),
    );
    const text = 'ä'.repeat(20 * KB);
    sendInFrames(client, JSON.stringify({ action: 'post', to: await client.connectionId(), data: text }), 16 * KB);
    const received = [await client.nextText(), await client.nextText()];
    expect(received).toContain(text);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * KB);
    await client.close();
  });
});

describe('time', () => {
  it('ends a connection after ten minutes without a message, and pings of the protocol do not count', async () => {
    const client = await connect(cloud.url, 'allow.idle');
    await handled(client);
    clock.advance(9 * MINUTE);
    client.socket.ping();
    await once(client.socket, 'pong');
    expect(cloud.gateway.size).toBe(1);
    clock.advance(MINUTE);
    expect(await client.closed).toBe(1001);
  });

  it('counts ten minutes anew from each message', async () => {
    const client = await connect(cloud.url, 'allow.busy');
    const answered = () =>
      cloud.observations.filter((seen) => seen.type === 'invocation' && seen.trigger === 'silent').length;
    for (let round = 1; round <= 3; round++) {
      clock.advance(9 * MINUTE);
      client.send({ action: 'silent' });
      await eventually(answered).toBe(round);
    }
    expect(await client.ask({ action: 'ping' })).toEqual({ event: 'pong' });
    await client.close();
  });

  it('ends a connection after two hours, however busy', async () => {
    const client = await connect(cloud.url, 'allow.old');
    for (let minutes = 0; minutes < 117; minutes += 9) {
      clock.advance(9 * MINUTE);
      await handled(client);
    }
    clock.advance(3 * MINUTE);
    expect(await client.closed).toBe(1001);
  });
});
