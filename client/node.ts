/** What the Sotto client needs of Node. */
export { webRtcMedia } from './call/webrtc/webrtc-media.ts';
export { openNodeStore } from './storage/node-store.ts';
export { nodePlatform } from './transport/node-platform.ts';
