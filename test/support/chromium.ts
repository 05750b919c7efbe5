import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { findProgram } from '../../local/debian-package.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Nothing but the pages under test: no sandbox (containers refuse it), no GPU, no calls home. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium; the caller closes it. Extra flags go behind the usual ones. */
export function launchChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS, ...extraFlags] });
}

/**
 * CHROMIUM_PATH if set, else the first Chromium on PATH, else Debian's package, which is installed if that is possible.
 *
 * @throws Error that says what to do
 */
export function findChromium(): string {
  const configured = process.env.CHROMIUM_PATH;
  if (configured) {
    if (existsSync(configured)) return configured;
    throw new Error(`CHROMIUM_PATH names ${configured}, which does not exist.`);
  }
  const found = findProgram(NAMES, 'chromium');
  if (found) return found;
  throw new Error(
    'No Chromium was found. Install the package "chromium", or set CHROMIUM_PATH to a Chrome or Chromium.',
  );
}
