import { nodeProvider } from '../platform/node-crypto.ts';
import { type Platform, webPlatform } from './platform.ts';

/** Node 22 and later. A program in Node is always in the foreground, and Node does not say when the network comes and goes. */
export const nodePlatform: Platform = {
  ...webPlatform,
  crypto: nodeProvider,
  isOnline: () => true,
  watch: () => () => {},
};
