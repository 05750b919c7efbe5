import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { CALL_FLAGS } from './call-browsers.ts';
import { launchChromium } from './chromium.ts';
import { type PageServer, servePage } from './page-server.ts';
import type * as personPage from './person-page.ts';
import { descendantsOf, processesMentioning } from './processes.ts';

/** In the page. */
declare const page: typeof personPage;

/** A device of somebody, in a page with the whole client. */
export class PageDevice {
  readonly tab: Page;
  readonly #endpoint: string;

  constructor(tab: Page, endpoint: string) {
    this.tab = tab;
    this.#endpoint = endpoint;
  }

  signUp = () => this.tab.evaluate((endpoint) => page.signUp(endpoint), this.#endpoint);
  /** Loads the page anew, and opens what it had. */
  async start(): Promise<void> {
    await this.tab.reload();
    await this.tab.evaluate((endpoint) => page.start(endpoint), this.#endpoint);
  }

  /** Joins the account of a device. */
  async joins(holder: PageDevice): Promise<void> {
    await this.tab.evaluate((endpoint) => page.join(endpoint), this.#endpoint);
    const code = await this.tab.evaluate(() => page.linkCode());
    await holder.tab.evaluate((shown) => page.link(shown), code);
    await this.tab.evaluate((endpoint) => page.start(endpoint), this.#endpoint);
  }

  account = () => this.tab.evaluate(() => page.account());
  device = () => this.tab.evaluate(() => page.device());
  contactLink = () => this.tab.evaluate(() => page.contactLink());
  addContact = (link: string) => this.tab.evaluate((shown) => page.addContact(shown), link);
  send = (to: string, text: string) => this.tab.evaluate((values) => page.send(...values), [to, text] as const);
  shows = (peer: string, count: number) => this.tab.evaluate((values) => page.shows(...values), [peer, count] as const);
  entries = (peer: string) => this.tab.evaluate((value) => page.entries(value), peer);
  place = (peer: string, media: 'audio' | 'video' = 'video') =>
    this.tab.evaluate((values) => page.place(...values), [peer, media] as const);
  accept = (call: string) => this.tab.evaluate((value) => page.accept(value), call);
  hangUp = (call: string) => this.tab.evaluate((value) => page.hangUp(value), call);
  phasesOf = (call: string) => this.tab.evaluate((value) => page.phasesOf(value), call);
  used = () => this.tab.evaluate(() => page.whatWasUsed());
  said = () => this.tab.evaluate(() => page.whatWasSaid());
  found = () => this.tab.evaluate(() => page.whatWasFound());
  failures = () => this.tab.evaluate(() => page.whatFailed());
  counts = () => this.tab.evaluate(() => page.counts());
  nameCertificate = (fingerprint: string) => this.tab.evaluate((value) => page.nameCertificate(value), fingerprint);

  async call(call: string) {
    const calls = await this.tab.evaluate(() => page.calls());
    return calls.find((shown) => shown.call === call);
  }

  /** Phase, and why it ended. */
  async phase(call: string): Promise<string | undefined> {
    const shown = await this.call(call);
    return shown?.reason === undefined ? shown?.phase : `${shown.phase}: ${shown.reason}`;
  }
}

/** The browser of one person, with processes of its own. */
export class PersonBrowser {
  readonly browser: Browser;
  readonly #mark: string;
  readonly #pages: PageServer;

  private constructor(browser: Browser, mark: string, pages: PageServer) {
    this.browser = browser;
    this.#mark = mark;
    this.#pages = pages;
  }

  static async launch(pages: PageServer): Promise<PersonBrowser> {
    const mark = `--test-mark=${randomUUID()}`;
    return new PersonBrowser(await launchChromium([...CALL_FLAGS, mark]), mark, pages);
  }

  /** A device with a store of its own. */
  async device(endpoint: string): Promise<PageDevice> {
    const context = await this.browser.newContext({ permissions: ['microphone', 'camera'] });
    const tab = await context.newPage();
    await tab.goto(this.#pages.url);
    return new PageDevice(tab, endpoint);
  }

  /** Ids of its processes. */
  processes(): number[] {
    return descendantsOf(processesMentioning(this.#mark));
  }

  /** Ends it without a word, as a power failure does. */
  kill(): void {
    for (const pid of processesMentioning(this.#mark)) process.kill(pid, 'SIGKILL');
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** Alice with one device, Bob with two; they have written to each other. */
export class CallPeople {
  readonly browsers: readonly [PersonBrowser, PersonBrowser];
  readonly #pages: PageServer;
  readonly alice: PageDevice;
  readonly phone: PageDevice;
  readonly laptop: PageDevice;
  /** Accounts. */
  readonly ids: { readonly alice: string; readonly bob: string };

  private constructor(given: Pick<CallPeople, 'browsers' | 'alice' | 'phone' | 'laptop' | 'ids'>, pages: PageServer) {
    ({ browsers: this.browsers, alice: this.alice, phone: this.phone, laptop: this.laptop, ids: this.ids } = given);
    this.#pages = pages;
  }

  static async meet(endpoint: string): Promise<CallPeople> {
    const pages = await servePage('./person-page.ts');
    const browsers = await Promise.all([PersonBrowser.launch(pages), PersonBrowser.launch(pages)]);
    const [hers, his] = browsers;
    const [alice, phone, laptop] = await Promise.all([
      hers.device(endpoint),
      his.device(endpoint),
      his.device(endpoint),
    ]);
    await Promise.all([alice.signUp(), phone.signUp()]);
    await laptop.joins(phone);
    const ids = { alice: await alice.account(), bob: await phone.account() };
    await alice.addContact(await phone.contactLink());
    await alice.send(ids.bob, 'hello');
    await Promise.all([phone, laptop].map((device) => device.shows(ids.alice, 1)));
    await phone.send(ids.alice, 'hello yourself');
    await Promise.all([alice.shows(ids.bob, 2), laptop.shows(ids.alice, 2)]);
    return new CallPeople({ browsers, alice, phone, laptop, ids }, pages);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pages.close(), ...this.browsers.map((browser) => browser.close())]);
  }
}
