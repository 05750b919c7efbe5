import type { Browser } from 'playwright-core';
import type { IceServer, LegOptions } from '../../client/call/media.ts';
import { PagePeer } from './call-peer.ts';
import { launchChromium } from './chromium.ts';
import { type PageServer, servePage } from './page-server.ts';

/** Devices that Chromium plays, and a person who allows them. */
export const CALL_FLAGS = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--disable-dev-shm-usage',
  '--autoplay-policy=no-user-gesture-required',
];

/** Two browsers of two people. */
export class CallBrowsers {
  readonly #pages: PageServer;
  readonly #browsers: readonly [Browser, Browser];

  private constructor(pages: PageServer, browsers: readonly [Browser, Browser]) {
    this.#pages = pages;
    this.#browsers = browsers;
  }

  static async launch(): Promise<CallBrowsers> {
    const [pages, caller, callee] = await Promise.all([
      servePage('./call-page.ts'),
      launchChromium(CALL_FLAGS),
      launchChromium(CALL_FLAGS),
    ]);
    return new CallBrowsers(pages, [caller, callee]);
  }

  /** A leg in a new page of the caller's (0) or the callee's (1) browser. */
  async open(whose: 0 | 1, relays: readonly IceServer[], policy: LegOptions['policy']): Promise<PagePeer> {
    const context = await this.#browsers[whose].newContext({ permissions: ['microphone', 'camera'] });
    return PagePeer.open(await context.newPage(), this.#pages.url, relays, policy);
  }

  /** Ends all pages, and with them all calls. */
  async endCalls(): Promise<void> {
    const contexts = this.#browsers.flatMap((browser) => browser.contexts());
    await Promise.all(contexts.map((context) => context.close()));
  }

  async close(): Promise<void> {
    await Promise.all([this.#pages.close(), ...this.#browsers.map((browser) => browser.close())]);
  }
}
