import { RELAY_ENVIRONMENT } from '../../shared/environment.ts';

/** One relay: small, because Fargate's lasting bandwidth follows memory and many small ones are cheaper than few big ones. */
export const TASK_SIZE = { cpu: 1_024, memoryLimitMiB: 4_096 } as const;

/**
 * What one relay takes on. A video call needs about 6 Mbit/s through its relay, so that about 80 fill the bandwidth of
 * the task; each has two allocations, and four while it changes the relay.
 */
export const CAPACITY: Readonly<Record<string, string>> = {
  // What a task of this size carries for any length of time; it may do a multiple for some minutes.
  [RELAY_ENVIRONMENT.baselineMbit]: '510',
  // A client allocates over UDP and TCP at once, and again when it restarts ICE before the old allocation ends.
  [RELAY_ENVIRONMENT.userQuota]: '8',
  [RELAY_ENVIRONMENT.totalQuota]: '400',
  // 5 Mbit/s: more than a video call sends, little enough that nobody fills a relay alone.
  [RELAY_ENVIRONMENT.maxBps]: '625000',
};
