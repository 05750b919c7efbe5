import type { Row } from '../row.ts';
import { measureRelay } from './measure-relay.ts';
import { costOf, MONTHLY_RELAY, TRAFFIC } from './prices.ts';

/** Packets a run, and runs of each: the least of them is what the processor needs when nobody disturbs it. */
const PACKETS = 60_000;
const RUNS = 3;

/** Processor time of a relayed packet with our configuration against coturn's defaults, and what a relayed minute costs at stated prices. */
export async function run(): Promise<Row[]> {
  const [ours, plain] = [await least('ours'), await least('plain')];
  return [
    {
      name: 'CPU of a relayed packet, configured',
      value: ours / plain,
      unit: 'times',
      against: `${plain.toFixed(1)} µs of coturn without limits and lists`,
      aim: 1,
      lowerIsBetter: true,
    },
    ...Object.entries(TRAFFIC).map(([kind, megabits]) => ({
      name: `cost of a relayed minute, ${kind}`,
      value: costOf(megabits),
      unit: 'cents',
      against: `${megabits} Mbit/s out of the relay, ${MONTHLY_RELAY} $ a month for a relay half full`,
      aim: null,
      lowerIsBetter: true,
    })),
  ];
}

async function least(kind: 'ours' | 'plain'): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await measureRelay(kind, PACKETS));
  return Math.min(...times);
}
