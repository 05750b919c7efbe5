import type { Browser, Page } from 'playwright-core';
import { readRelaySecrets } from '../../shared/store/relay-secrets.ts';
import { turnCredentials } from '../../shared/store/turn-credentials.ts';
import { CALL_FLAGS } from '../../test/support/call-browsers.ts';
import { launchChromium } from '../../test/support/chromium.ts';
import { findTurnserver } from '../../test/support/coturn.ts';
import { type PageServer, servePage } from '../../test/support/page-server.ts';
import { type Sotto, startSotto } from '../../test/support/sotto.ts';
import type { Tally } from '../spine/tally.ts';
import type * as callPage from './page.ts';

/** How long a call may take before something is wrong with it, milliseconds. */
const PATIENCE_MS = 60_000;

/** In the page. */
declare const page: typeof callPage;

/** The whole system with its relay, and a page in which people call each other. */
export class CallStage {
  readonly #sotto: Sotto;
  readonly #pages: PageServer;
  readonly #browser: Browser;
  readonly #tab: Page;

  private constructor(sotto: Sotto, pages: PageServer, browser: Browser, tab: Page) {
    this.#sotto = sotto;
    this.#pages = pages;
    this.#browser = browser;
    this.#tab = tab;
  }

  static async open(tally: Tally): Promise<CallStage> {
    findTurnserver();
    const sotto = await startSotto({ observe: tally.observe, relay: true });
    const [pages, browser] = await Promise.all([servePage('../../bench/call/page.ts'), launchChromium(CALL_FLAGS)]);
    const context = await browser.newContext({ permissions: ['microphone', 'camera'] });
    const tab = await context.newPage();
    await tab.goto(pages.url);
    return new CallStage(sotto, pages, browser, tab);
  }

  /** Two people who have written to each other. @param devices of the second */
  async acquaint(one: string, other: string, devices = 1): Promise<void> {
    const given = [one, other, this.#sotto.url, devices] as const;
    await this.#tab.evaluate(async ([alice, bob, url, count]) => {
      await Promise.all([page.signUp(alice, url), page.signUp(bob, url, count)]);
      await page.acquaint(alice, bob);
    }, given);
  }

  /** Milliseconds; see page.ts. */
  firstFrames(...between: [from: string, to: string]): Promise<number> {
    return inTime(this.#tab.evaluate((names) => page.firstFrames(...names), between));
  }

  answered(...between: [from: string, to: string]): Promise<void> {
    return inTime(this.#tab.evaluate((names) => page.answered(...names), between));
  }

  missed(...between: [from: string, to: string]): Promise<void> {
    return inTime(this.#tab.evaluate((names) => page.missed(...names), between));
  }

  bareFrames(): Promise<number> {
    const relays = [this.#relay()];
    return inTime(this.#tab.evaluate((servers) => page.bareFrames(servers), relays));
  }

  async close(): Promise<void> {
    await Promise.all([this.#browser.close(), this.#pages.close()]);
    await this.#sotto.close();
  }

  /** The relay that calls use, with credentials as the server makes them. */
  #relay() {
    const status = this.#sotto.relay?.status;
    const [newest] = readRelaySecrets(this.#sotto.vault.get(this.#sotto.secrets.RelaySecret ?? '')?.text);
    if (status?.state !== 'running' || !newest) throw new Error('the relay does not run');
    const { username, password } = turnCredentials(newest.value, Date.now());
    const urls = ['udp', 'tcp'].map((transport) => `turn:${status.address}:${status.port}?transport=${transport}`);
    return { urls, username, credential: password };
  }
}

/** @throws Error when a call comes to nothing, as it may on a machine that is very busy */
async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('a call has come to nothing')), PATIENCE_MS);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
