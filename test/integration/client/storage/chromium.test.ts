import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM_FLAGS, findChromium, launchChromium } from '../../../support/chromium.ts';
import { type PageServer, servePage } from '../../../support/page-server.ts';
import { storeCases } from '../../../support/record-store-cases.ts';
import type * as storagePage from '../../../support/storage-page.ts';

/** In the page. */
declare const page: typeof storagePage;

/** Enough for a busy machine. */
const CONNECTING_MS = 10_000;

let server: PageServer;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([servePage('./storage-page.ts'), launchChromium()]);
});
afterAll(() => Promise.all([server?.close(), browser?.close()]));

async function newTabs(count: number): Promise<Page[]> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const tabs = await Promise.all(Array.from({ length: count }, () => context.newPage()));
  await Promise.all(tabs.map((tab) => tab.goto(server.url)));
  return tabs;
}

async function twoTabs(): Promise<[Page, Page]> {
  const [first, second] = await newTabs(2);
  if (!first || !second) throw new Error('no tabs');
  return [first, second];
}

describe('a record store in Chromium', () => {
  let tab: Page;
  beforeAll(async () => {
    tab = await browser.newPage();
    await tab.goto(server.url);
  });
  afterAll(() => tab?.close());

  for (const { name } of storeCases) {
    it(name, () => tab.evaluate((given) => page.runCase(given), name));
  }
});

describe('two tabs in Chromium', () => {
  it('do not have the store open together, and hand it over when the second asks', async () => {
    const [first, second] = await twoTabs();
    expect(await first.evaluate(() => page.open(false))).toBe('open');
    expect(await second.evaluate(() => page.open(false))).toBe('IN_USE');
    expect(await second.evaluate(() => page.open(true))).toBe('open');
    expect(await second.evaluate(() => page.get())).toBe('the last word of the tab before');
    expect(await first.evaluate(() => page.tryPut('too late'))).toBe('CLOSED');
  });

  it('lose it to the second when the first does not let go, and then write nothing', async () => {
    const [first, second] = await twoTabs();
    expect(await first.evaluate(() => page.open(false, true))).toBe('open');
    await first.evaluate(() => page.put('before'));
    expect(await second.evaluate(() => page.open(true))).toBe('open');
    await second.evaluate(() => page.put('mine now'));
    expect(await first.evaluate(() => page.tryPut('a stale ratchet'))).toBe('TAKEN_OVER');
    expect(await second.evaluate(() => page.get())).toBe('mine now');
  });

  it('find the store free when the other was closed without a word', async () => {
    const [first, second] = await twoTabs();
    expect(await first.evaluate(() => page.open(false))).toBe('open');
    await first.close();
    await expect.poll(() => second.evaluate(() => page.open(false))).toBe('open');
  });
});

describe('the root key in Chromium', () => {
  it('cannot be read by a script of the page', async () => {
    const [tab] = await newTabs(1);
    await tab?.evaluate(() => page.open(false));
    expect(await tab?.evaluate(() => page.stealKey())).toBe('extractable false: NotSupportedError');
  });
});

describe('a Chromium that is killed while a page writes', () => {
  /** A browser with a profile of its own, whose whole process group can be killed. */
  async function start(profile: string, attempts = 4): Promise<{ tab: Page; kill(): Promise<void> }> {
    const flags = [...CHROMIUM_FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`];
    const child = spawn(findChromium(), flags, {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    const kill = async () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid, 'SIGKILL');
      }
      await exited;
    };
    for await (const line of createInterface({ input: child.stderr })) {
      const [, address] = /DevTools listening on (\S+)/.exec(line) ?? [];
      if (!address) continue;
      // A Chromium on a profile that was cut off now and then does not answer the debugger: that is not what is tested here.
      const connected = await chromium.connectOverCDP(address, { timeout: CONNECTING_MS }).catch(() => undefined);
      if (!connected) break;
      const tab = await connected.contexts()[0]?.newPage();
      if (!tab) throw new Error('no page');
      await tab.goto(server.url);
      return { tab, kill };
    }
    await kill();
    if (attempts > 1) return start(profile, attempts - 1);
    throw new Error('Chromium did not start');
  }

  it('has lost nothing that the page was promised, and left no batch half written', { timeout: 180_000 }, async () => {
    const profile = await mkdtemp(join(tmpdir(), 'sotto-chromium-'));
    onTestFinished(() => rm(profile, { recursive: true, maxRetries: 5 }));
    for (const milliseconds of [0, 7, 18]) {
      const { tab, kill } = await start(profile);
      onTestFinished(kill);
      let reported = 0;
      const enough = Promise.withResolvers<void>();
      let left = 5;
      await tab.exposeFunction('report', (n: number) => {
        reported = n;
        if (--left === 0) enough.resolve();
      });
      expect(await tab.evaluate(() => page.open(false))).toBe('open');
      const writing = tab.evaluate(() =>
        page.writeForEver((globalThis as unknown as { report(n: number): void }).report),
      );
      writing.catch(() => {});
      await enough.promise;
      // Not to wait for anything: the moment is to be any moment.
      await setTimeout(milliseconds);
      await kill();
      const again = await start(profile);
      onTestFinished(again.kill);
      expect(await again.tab.evaluate(() => page.open(false))).toBe('open');
      expect(await again.tab.evaluate(() => page.count())).toBeGreaterThanOrEqual(reported);
      await again.tab.evaluate(() => page.close());
      await again.kill();
    }
  });
});
