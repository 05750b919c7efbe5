/** The SDK has no time limits of its own. Three attempts fit between two heartbeats. */
export const LIMITS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
};
