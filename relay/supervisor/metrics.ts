import type { Load } from './load.ts';

const METRICS = [
  { Name: 'RelayLoad', Unit: 'Percent' },
  { Name: 'RelayAllocations', Unit: 'Count' },
  { Name: 'RelayMegabits', Unit: 'Megabits/Second' },
  { Name: 'RelayProcessor', Unit: 'Percent' },
  { Name: 'RelayDropped', Unit: 'Count' },
  { Name: 'RelayReportsFailed', Unit: 'Count' },
];

/**
 * One line in CloudWatch's embedded metric format. It carries no ids: which relay, who called whom and from where is not for the logs.
 *
 * @param failed reports to the Relays table and to ECS that failed since the last line
 */
export function metricLine(stage: string, at: number, load: Load, failed: number): string {
  return `${JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: 'Sotto', Dimensions: [['Stage']], Metrics: METRICS }],
    },
    Stage: stage,
    RelayLoad: load.load,
    RelayAllocations: load.allocations,
    RelayMegabits: load.megabits,
    RelayProcessor: load.processor,
    RelayDropped: load.dropped,
    RelayReportsFailed: failed,
  })}\n`;
}
