import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disturbThenConverge } from '../../unit/signal-protocol/support/convergence.ts';
import { SeededRandom } from '../../unit/signal-protocol/support/random.ts';
import { converse } from '../../unit/signal-protocol/support/schedule.ts';
import { ALICE, BOB } from './addresses.ts';
import { type BrowserPages, BrowserPeer, startBrowser } from './browser-peer.ts';
import { LibsignalPeer } from './libsignal-peer.ts';

let pages: BrowserPages;

/** Long enough to install a browser where there is none. */
const START_MS = 300_000;

beforeAll(async () => {
  pages = await startBrowser();
}, START_MS);

afterAll(() => pages.close());

async function browserPeer() {
  const peer = new BrowserPeer(ALICE, await pages.open());
  return { peer, found: await peer.create() };
}

// Every message crosses into the page and back several times, which takes long on a busy machine.
describe('the engine in a browser, with libsignal in Node', { timeout: 240_000 }, () => {
  it.each(['initiator', 'responder'] as const)('as %s over a bad network, twelve epochs long', async (role) => {
    const { peer, found } = await browserPeer();
    expect(found.nativeCurves).toBe(true);
    const libsignal = new LibsignalPeer(BOB);
    const [initiator, responder] = role === 'initiator' ? [peer, libsignal] : [libsignal, peer];
    const random = new SeededRandom(21);
    await converse(initiator, responder, { random, messages: 1500, oneTime: role === 'initiator' });
    expect(await peer.epoch(BOB)).toBeGreaterThanOrEqual(12);
  });

  it('sessions that both sides start converge', async () => {
    for (let seed = 31; seed <= 33; seed++) {
      const { peer } = await browserPeer();
      await disturbThenConverge(peer, new LibsignalPeer(BOB), new SeededRandom(seed));
    }
  });
});
