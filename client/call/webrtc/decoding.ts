import type { Platform } from '../../transport/platform.ts';

/** How long after the first packet a person may see and hear nothing before the call says so. */
const LOOK_EVERY_MS = 100;

/**
 * Calls back once, when the first audio or video of the other side was decoded. Looked up in the statistics: `requestVideoFrameCallback` would need an
 * element that shows the video, and says nothing of audio.
 * @returns stops looking
 */
export function whenDecoding(
  connection: RTCPeerConnection,
  timer: Pick<Platform, 'after'>,
  then: () => void,
): () => void {
  let stopped = false;
  let cancel = () => {};
  const look = async () => {
    // A connection that is being closed may have none.
    const report = await connection.getStats().catch(() => undefined);
    if (stopped) return;
    if (report && hasDecoded(report)) then();
    else cancel = timer.after(LOOK_EVERY_MS, look);
  };
  cancel = timer.after(LOOK_EVERY_MS, look);
  return () => {
    stopped = true;
    cancel();
  };
}

function hasDecoded(report: RTCStatsReport): boolean {
  for (const entry of report.values()) {
    if (entry.type !== 'inbound-rtp') continue;
    const { kind, jitterBufferEmittedCount = 0, framesDecoded = 0 }: RTCInboundRtpStreamStats = entry;
    // Audio samples that came out of the jitter buffer, without those that were invented to fill gaps.
    if ((kind === 'audio' ? jitterBufferEmittedCount : framesDecoded) > 0) return true;
  }
  return false;
}
