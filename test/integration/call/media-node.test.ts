import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CallBrowsers } from '../../support/call-browsers.ts';
import { NodePeer } from '../../support/call-node-peer.ts';
import { candidateTypesOf, connect, exchangeCandidates, mediaFlows, statesOf } from '../../support/call-peer.ts';
import { Coturn } from '../../support/coturn.ts';
import { DESCRIPTION } from '../../support/descriptions.ts';
import { eventually } from '../../support/eventually.ts';

const BOTH = { microphone: true, camera: true };
/** A strong blue, which nothing else shows. */
const BLUE = [41, 240, 110] as const;

let browsers: CallBrowsers;
let coturn: Coturn;
let node: NodePeer;
beforeAll(async () => {
  [browsers, coturn] = await Promise.all([CallBrowsers.launch(), Coturn.start()]);
});
afterEach(() => Promise.all([node?.close(), browsers.endCalls()]));
afterAll(() => Promise.all([browsers?.close(), coturn?.kill()]));

describe('a leg in Node', () => {
  it.each(['offers', 'answers'] as const)('that %s talks to a browser through the relay', async (role) => {
    node = new NodePeer([coturn.server('udp')], 'relay', BLUE);
    const page = await browsers.open(0, [coturn.server('udp')], 'relay');
    await (role === 'offers' ? connect(node, page) : connect(page, node));
    await Promise.all([node.send(BOTH), page.send(BOTH)]);
    await mediaFlows(node, page);
    await eventually(async () => {
      const [red = 255, green = 255, blue = 0] = await page.pixel();
      return blue > 180 && red < 80 && green < 80;
    }).toBe(true);
    for (const peer of [node, page]) {
      expect(candidateTypesOf(peer)).toEqual(['relay']);
      await eventually(() => statesOf(peer)).toEqual(['connected', 'decoding']);
    }
    const relays = [coturn.server('tcp')];
    const [from, to] = role === 'offers' ? [node, page] : [page, node];
    await from.restartAccept(await to.restartAnswer(await from.restart(1, relays, 'relay'), 1, relays, 'relay'), 1);
    await mediaFlows(node, page);
  });

  it('refuses another certificate than the one that was described', async () => {
    node = new NodePeer([coturn.server('udp')], 'relay', BLUE);
    const page = await browsers.open(0, [coturn.server('udp')], 'relay');
    exchangeCandidates(node, page);
    const answer = await page.answer(await node.offer());
    await node.accept(answer.replace(/(?<=sha-256 ).*/, DESCRIPTION.fingerprint));
    await eventually(() => statesOf(node)).toEqual(['failed: certificate']);
    expect(statesOf(page)).not.toContain('decoding');
  });
});
