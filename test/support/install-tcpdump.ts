// Run once before the tests, as install-coturn.ts is.

import { findTcpdump } from './capture.ts';

try {
  findTcpdump();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
}
