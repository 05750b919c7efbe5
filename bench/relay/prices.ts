/** Dollars, eu-central-1, on demand, as of 2026: Fargate on ARM64 by the hour, a public IPv4 address, and a GB to the internet. */
const PRICES = { processor: 0.03725, gigabyteOfMemory: 0.00409, address: 0.005, gigabyteOut: 0.09 } as const;

/** The task: one processor and 4 GB, which carry 510 Mbit/s for any length of time. */
const TASK = { processors: 1, gigabytes: 4, megabits: 510 } as const;

const HOURS_A_MONTH = 730;

/** The fleet grows at half load, so a relay is half full on average at most. */
const FULLNESS = 0.5;

/** What leaves the relay for a call between two parties, Mbit/s, both directions together: Opus at 40 kbit/s with headers, video at about 1.5 Mbit/s. */
export const TRAFFIC = { audio: 0.104, video: 3.1 } as const;

const hourly = TASK.processors * PRICES.processor + TASK.gigabytes * PRICES.gigabyteOfMemory + PRICES.address;

/** Dollars of one relay for a month, without traffic. */
export const MONTHLY_RELAY = Math.round(hourly * HOURS_A_MONTH);

/** Cents of a minute. @param megabits out of the relay, a second */
export function costOf(megabits: number): number {
  const gigabytes = (megabits * 60) / 8 / 1000;
  const share = megabits / (TASK.megabits * FULLNESS);
  return (gigabytes * PRICES.gigabyteOut + (hourly / 60) * share) * 100;
}
