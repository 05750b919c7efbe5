import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../../../support/chromium.ts';
import { EnvelopeServer } from '../../../support/envelope-server.ts';
import { type PageServer, servePage } from '../../../support/page-server.ts';
import { connectKey, DEVICE } from '../../../support/transport-fixture.ts';
import type * as transportPage from '../../../support/transport-page.ts';

/** In the page. */
declare const page: typeof transportPage;

const { connectSecret, ...device } = DEVICE;
const secret = connectSecret[0] ?? 0;

let pages: PageServer;
let browser: Browser;
let server: EnvelopeServer;
let tab: Page;
beforeAll(async () => {
  [pages, browser] = await Promise.all([servePage('./transport-page.ts'), launchChromium()]);
});
afterAll(() => Promise.all([pages?.close(), browser?.close()]));
beforeEach(async () => {
  server = await EnvelopeServer.start(connectKey);
  tab = await browser.newPage();
  await tab.goto(pages.url);
});
afterEach(() => Promise.all([server.close(), tab.close()]));

const connect = (key: number, quick = false) =>
  tab.evaluate(([endpoint, who, k, q]) => page.connect(endpoint, who, k, q), [
    server.endpoint,
    device,
    key,
    quick,
  ] as const);
const told = () => tab.evaluate(() => page.whatWasTold());

describe('the transport in Chromium', () => {
  it('connects, asks and closes', async () => {
    await connect(secret);
    expect(await tab.evaluate(() => page.hello())).toBe('open');
    await tab.evaluate(() => page.close());
    await server.idle();
    expect(await told()).toEqual(['online', 'pull: connected', 'stopped']);
  });

  it('learns why it is refused, although the browser tells nothing', async () => {
    await connect(secret + 1, true);
    await expect.poll(async () => (await told()).at(-1)).toBe('refused: device-unknown');
  });

  it('connects again when its connection is lost', async () => {
    await connect(secret, true);
    await tab.evaluate(() => page.hello());
    for (const socket of server.sockets) socket.terminate();
    await expect.poll(told).toEqual(expect.arrayContaining(['offline', 'connecting']));
    expect(await tab.evaluate(() => page.hello())).toBe('open');
  });

  it('is told by the page that the person has come back', async () => {
    await connect(secret);
    await tab.evaluate(() => page.hello());
    await tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    expect(await told()).toContain('pull: foreground');
  });

  it('connects at once when the network comes back', async () => {
    await tab.context().setOffline(true);
    await connect(secret);
    await expect.poll(async () => (await told()).at(-1)).toBe('offline');
    await tab.context().setOffline(false);
    expect(await tab.evaluate(() => page.hello())).toBe('open');
  });
});
