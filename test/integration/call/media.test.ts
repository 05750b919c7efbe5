import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { type CallPeer, candidateTypesOf, connect, mediaFlows, statesOf } from '../../support/call-peer.ts';
import { Coturn } from '../../support/coturn.ts';
import { eventually } from '../../support/eventually.ts';

const BOTH = { microphone: true, camera: true };

let browsers: CallBrowsers;
let coturn: Coturn;
beforeAll(async () => {
  [browsers, coturn] = await Promise.all([CallBrowsers.launch(), Coturn.start()]);
});
afterEach(() => browsers.endCalls());
afterAll(() => Promise.all([browsers?.close(), coturn?.kill()]));

/** Both ends of a call by the relay, connected and talking. */
async function talking(transport: 'udp' | 'tcp', relay = coturn) {
  const caller = await browsers.open(0, [relay.server(transport)], 'relay');
  const callee = await browsers.open(1, [relay.server(transport)], 'relay');
  await connect(caller, callee);
  await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
  await mediaFlows(caller, callee);
  return { caller, callee };
}

/** An ICE restart from one side to the other. */
async function restart(from: CallPeer, to: CallPeer, generation: number, relay: Coturn, policy: 'relay' | 'all') {
  const offer = await from.restart(generation, [relay.server('udp')], policy);
  const answer = await to.restartAnswer(offer, generation, [relay.server('udp')], policy);
  await from.restartAccept(answer, generation);
  return { offer, answer };
}

describe('a call by the relay', () => {
  it.each(['udp', 'tcp'] as const)('over %s carries audio and video both ways', async (transport) => {
    const { caller, callee } = await talking(transport);
    for (const peer of [caller, callee]) {
      expect(candidateTypesOf(peer)).toEqual(['relay']);
      await eventually(() => statesOf(peer)).toEqual(['connected', 'decoding']);
    }
  });

  it('goes on over another relay when its own is gone', async () => {
    const first = await Coturn.start();
    try {
      const { caller, callee } = await talking('udp', first);
      const fingerprints = await caller.fingerprints();
      await first.kill();
      const gone = performance.now();
      const { offer, answer } = await restart(caller, callee, 1, coturn, 'relay');
      await mediaFlows(caller, callee);
      console.log(`media again ${Math.round(performance.now() - gone)} ms after the relay was gone`);
      expect([offer, answer].join()).not.toContain('candidate');
      for (const peer of [caller, callee]) expect(candidateTypesOf(peer)).toEqual(['relay']);
      expect(await caller.fingerprints()).toEqual(fingerprints);
    } finally {
      await first.kill();
    }
  });

  it('becomes a direct one by a restart that both have allowed, and never before', async () => {
    const { caller, callee } = await talking('udp');
    await caller.add({ candidate: 'candidate:1 1 udp 2122260223 127.0.0.1 4000 typ host', mid: '0' }, 0);
    await restart(caller, callee, 1, coturn, 'relay');
    await mediaFlows(caller, callee);
    for (const peer of [caller, callee]) expect(candidateTypesOf(peer)).toEqual(['relay']);
    await restart(caller, callee, 2, coturn, 'all');
    await mediaFlows(caller, callee);
    for (const peer of [caller, callee]) await eventually(() => candidateTypesOf(peer)).toContain('host');
  });

  it('opens devices when they are wanted, and closes them when not', async () => {
    const { caller, callee } = await talking('udp');
    expect(await caller.openDevices()).toEqual(['microphone', 'camera']);
    await caller.send({ microphone: true, camera: false });
    expect(await caller.openDevices()).toEqual(['microphone']);
    await caller.send({ microphone: false, camera: false });
    expect(await caller.openDevices()).toEqual([]);
    await caller.send(BOTH);
    await mediaFlows(callee);
    await caller.close();
    expect(await caller.openDevices()).toEqual([]);
  });
});

describe('a direct call', () => {
  it('carries audio and video without a relay', async () => {
    const caller = await browsers.open(0, [], 'all');
    const callee = await browsers.open(1, [], 'all');
    await connect(caller, callee);
    await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
    await mediaFlows(caller, callee);
    expect(candidateTypesOf(caller)).toContain('host');
  });
});
