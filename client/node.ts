/** What the Sotto client needs of Node. */
export { openNodeStore } from './storage/node-store.ts';
export { nodePlatform } from './transport/node-platform.ts';
