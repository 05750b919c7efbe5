import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { type CallPeer, candidateTypesOf, connect, mediaFlows, refusal, statesOf } from '../../support/call-peer.ts';
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
      expect(await peer.gathered()).toEqual(['relay']);
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

  it('says when its path is gone, and when it is back', async () => {
    const first = await Coturn.start();
    try {
      const { caller, callee } = await talking('udp', first);
      await first.kill();
      for (const peer of [caller, callee]) await eventually(() => statesOf(peer)).toContain('interrupted');
      await restart(caller, callee, 1, coturn, 'relay');
      for (const peer of [caller, callee]) await eventually(() => statesOf(peer).at(-1)).toBe('connected');
    } finally {
      await first.kill();
    }
  });

  it('becomes a direct one by a restart that both have allowed, and never before', async () => {
    const { caller, callee } = await talking('udp');
    const foreign = (port: number) => ({
      candidate: `candidate:1 1 udp 1 127.0.0.1 ${port} typ host`,
      mid: '0' as const,
    });
    await caller.add(foreign(4000), 0);
    await callee.add(foreign(4001), 1);
    await restart(caller, callee, 1, coturn, 'relay');
    for (const peer of [caller, callee]) expect(candidateTypesOf(peer)).toEqual(['relay']);
    // Overtakes the description that allows it.
    await callee.add(foreign(4002), 2);
    expect((await callee.takenCandidates()).join()).not.toContain('host');
    await restart(caller, callee, 2, coturn, 'all');
    await mediaFlows(caller, callee);
    for (const peer of [caller, callee]) await eventually(() => candidateTypesOf(peer)).toContain('host');
    const taken = (await callee.takenCandidates()).join();
    expect(taken).toContain(' 4002 typ host');
    expect(taken).not.toContain(' 4001 typ host');
    expect((await caller.takenCandidates()).join()).not.toContain(' 4000 typ host');
  });

  it('opens devices when they are wanted, in the order of the wishes, and closes them when not', async () => {
    const { caller, callee } = await talking('udp');
    const NONE = { microphone: false, camera: false };
    expect(await caller.openDevices()).toEqual(['microphone', 'camera']);
    await Promise.all([caller.send(NONE), caller.send(BOTH), caller.send({ microphone: true, camera: false })]);
    expect(await caller.openDevices()).toEqual(['microphone']);
    await caller.send(NONE);
    expect(await caller.openDevices()).toEqual([]);
    await caller.send(BOTH);
    await mediaFlows(callee);
    await caller.close();
    expect(await caller.openDevices()).toEqual([]);
  });

  it('goes on with the microphone when the camera cannot be opened', async () => {
    const [caller, callee] = [
      await browsers.open(0, [coturn.server('udp')], 'relay'),
      await browsers.open(1, [coturn.server('udp')], 'relay'),
    ];
    await connect(caller, callee);
    for (const [name, message] of [
      ['NotAllowedError', 'may not be used'],
      ['NotFoundError', 'could not be opened'],
    ] as const) {
      await caller.denyCamera(name);
      expect(await refusal(caller.send(BOTH))).toContain(message);
      expect(await caller.openDevices()).toEqual(['microphone']);
    }
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
