/** What the Sotto client needs of a browser. */
export { openBrowserStore } from './storage/browser-store.ts';
export { browserPlatform } from './transport/browser-platform.ts';
