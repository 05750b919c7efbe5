import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Capture } from '../../support/capture.ts';
import { RelayCoturn } from '../../support/relay-coturn.ts';

/** Packets of the internet pass a dozen routers and more. coturn 4.17.0 and 4.17.1 sent with 1: nothing arrived, except on one machine. */
const ENOUGH = 32;

it('relays with a time to live that reaches the other side, in both directions', async () => {
  const relay = await RelayCoturn.start();
  const peer = createSocket('udp4');
  peer.bind(0, '127.0.0.1');
  await once(peer, 'listening');
  const { port } = peer.address();
  const client = await relay.client();
  const { relayed } = await client.allocate();
  const capture = await Capture.start(`udp and (port ${port} or port ${relay.settings.listenPort})`);
  let packets: Awaited<ReturnType<Capture['stop']>> = [];
  try {
    await client.permit({ address: '127.0.0.1', port });
    client.send({ address: '127.0.0.1', port }, Buffer.from('by indication'));
    await once(peer, 'message');
    await client.bind(0x4000, { address: '127.0.0.1', port });
    client.sendOn(0x4000, Buffer.from('by channel'));
    await once(peer, 'message');
    const answered = new Promise<void>((resolve) => {
      client.onData = () => resolve();
    });
    peer.send('answer', relayed.port, relayed.address);
    await answered;
  } finally {
    packets = await capture.stop();
    peer.close();
    await relay.close();
  }
  const toPeer = packets.filter(({ from, to }) => from === relayed.port && to === port);
  const toClient = packets.filter(({ from }) => from === relay.settings.listenPort);
  expect(toPeer.map(({ data }) => data.toString())).toEqual(['by indication', 'by channel']);
  expect(toClient.length).toBeGreaterThan(0);
  expect(Math.min(...[...toPeer, ...toClient].map(({ timeToLive }) => timeToLive))).toBeGreaterThanOrEqual(ENOUGH);
});
