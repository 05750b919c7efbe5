/** What the Sotto client needs of a browser. */
export { browserMedia } from './call/webrtc/webrtc-media.ts';
export { openBrowserStore } from './storage/browser-store.ts';
export { browserPlatform } from './transport/browser-platform.ts';
