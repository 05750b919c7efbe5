import { createServer, type Server } from 'node:http';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { EncryptedMessage, PreKeyBundle, ProtocolAddress } from '../../../client/signal-protocol/index.ts';
import { launchChromium } from '../../support/chromium.ts';
import type { Peer } from '../../unit/signal-protocol/support/peer.ts';
import { fromJson, toJson } from './browser-json.ts';
import type { BrowserDevice } from './browser-page.ts';

declare const device: BrowserDevice;

/** A device that runs the engine in a page of a real browser. */
export class BrowserPeer implements Peer {
  readonly address: ProtocolAddress;
  readonly #page: Page;

  constructor(address: ProtocolAddress, page: Page) {
    this.address = address;
    this.#page = page;
  }

  /** Which of the platform's algorithms the page found and uses. */
  create(): Promise<{ nativeCurves: boolean; nativeKem: boolean }> {
    return this.#page.evaluate((address) => device.create(address), this.address);
  }

  async bundle(options: { readonly oneTime: boolean }): Promise<PreKeyBundle> {
    return fromJson(await this.#page.evaluate((given) => device.bundle(given), options));
  }

  trust(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void> {
    return this.#page.evaluate(([to, given]) => device.trust(to, given), [address, toJson(bundle)] as const);
  }

  start(address: ProtocolAddress, bundle: PreKeyBundle): Promise<void> {
    return this.#page.evaluate(([to, given]) => device.start(to, given), [address, toJson(bundle)] as const);
  }

  async encrypt(address: ProtocolAddress, plaintext: Uint8Array): Promise<EncryptedMessage> {
    const given = [address, toJson(plaintext)] as const;
    return fromJson(await this.#page.evaluate(([to, text]) => device.encrypt(to, text), given));
  }

  async decrypt(address: ProtocolAddress, message: EncryptedMessage): Promise<Uint8Array> {
    const given = [address, toJson(message)] as const;
    return fromJson(await this.#page.evaluate(([from, text]) => device.decrypt(from, text), given));
  }

  hasSession(address: ProtocolAddress): Promise<boolean> {
    return this.#page.evaluate((to) => device.hasSession(to), address);
  }

  archive(address: ProtocolAddress): Promise<void> {
    return this.#page.evaluate((to) => device.archive(to), address);
  }

  restart(): Promise<void> {
    return this.#page.evaluate(() => device.restart());
  }

  epoch(address: ProtocolAddress): Promise<number> {
    return this.#page.evaluate((to) => device.epoch(to), address);
  }
}

export interface BrowserPages {
  open(): Promise<Page>;
  close(): Promise<void>;
}

/** A browser, and a server on a free port whose only page is the bundled engine. WebCrypto needs such an origin. */
export async function startBrowser(): Promise<BrowserPages> {
  const script = await bundledPage();
  const server = createServer((request, response) => {
    const isScript = request.url === '/device.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/device.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchChromium();
  return {
    async open() {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${portOf(server)}/`);
      await page.waitForFunction(() => 'device' in globalThis);
      return page;
    },
    close: () => closeAll(browser, server),
  };
}

async function bundledPage(): Promise<Uint8Array> {
  const entry = new URL('browser-page.ts', import.meta.url).pathname;
  const result = await build({ entryPoints: [entry], bundle: true, format: 'esm', platform: 'browser', write: false });
  const [file] = result.outputFiles;
  if (!file) throw new Error('nothing was bundled');
  return file.contents;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server is not listening on a port');
  return address.port;
}

async function closeAll(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
}
