import type { StageSettings } from './config.ts';

/**
 * The deployments of this repository: one entry, one stack `Sotto-<stage>`. This is the file to edit. `cdk deploy`
 * deploys `prod` (the default is in cdk.json), `cdk deploy -c stage=dev` another one. What each setting means is said
 * in config.ts.
 */
export const STAGES: Readonly<Record<string, StageSettings>> = {
  prod: {
    region: 'eu-central-1',
    retainData: true,
    logRetentionDays: 30,
    throttle: { requestsPerSecond: 1_000, burst: 500 },
    admission: { mode: 'invite' },
    relay: { provider: 'none' },
    accessLog: false,
  },
  /** For trying things out: anyone may join, and `cdk destroy` leaves nothing behind. */
  dev: {
    region: 'eu-central-1',
    retainData: false,
    logRetentionDays: 7,
    throttle: { requestsPerSecond: 100, burst: 100 },
    admission: { mode: 'open' },
    relay: { provider: 'none' },
    accessLog: false,
  },
};
