// Run once before the tests: two test files that install it at the same time would be in each other's way.

import { findTurnserver } from './coturn.ts';

try {
  findTurnserver();
} catch (error) {
  // The tests that need it say the same; all others can run without.
  console.error(error instanceof Error ? error.message : String(error));
}
