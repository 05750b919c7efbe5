/** What a connection has carried, by its own statistics. */
export interface MediaCounts {
  readonly sentPackets: number;
  readonly audioDecoded: number;
  readonly videoDecoded: number;
}

export function countMedia(report: RTCStatsReport | undefined): MediaCounts {
  const counts = { sentPackets: 0, audioDecoded: 0, videoDecoded: 0 };
  for (const entry of report?.values() ?? []) {
    if (entry.type === 'outbound-rtp') counts.sentPackets += entry.packetsSent;
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') counts.audioDecoded += entry.jitterBufferEmittedCount;
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') counts.videoDecoded += entry.framesDecoded;
  }
  return counts;
}
