import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { connect, mediaFlows } from '../../support/call-peer.ts';
import { Coturn } from '../../support/coturn.ts';

const BOTH = { microphone: true, camera: true };

let browsers: CallBrowsers;
let coturn: Coturn;
beforeAll(async () => {
  [browsers, coturn] = await Promise.all([CallBrowsers.launch(), Coturn.start()]);
});
afterEach(() => browsers.endCalls());
afterAll(() => Promise.all([browsers?.close(), coturn?.kill()]));

describe.each(['udp', 'tcp'] as const)('a call by the relay over %s', (transport) => {
  it('carries audio and video both ways, and tells no address of anybody', async () => {
    const caller = await browsers.open(0, [coturn.server(transport)], 'relay');
    const callee = await browsers.open(1, [coturn.server(transport)], 'relay');
    await connect(caller, callee);
    await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
    await mediaFlows(caller, callee);
  });
});

describe('a direct call', () => {
  it('carries audio and video without a relay', async () => {
    const caller = await browsers.open(0, [], 'all');
    const callee = await browsers.open(1, [], 'all');
    await connect(caller, callee);
    await Promise.all([caller.send(BOTH), callee.send(BOTH)]);
    await mediaFlows(caller, callee);
  });
});
