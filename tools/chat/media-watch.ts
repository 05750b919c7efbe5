import { type ShownCall, type Sotto, WebRtcLeg } from '../../client/index.ts';

const LOOK_EVERY_MS = 250;
/** So many frames that it is a moving picture: two seconds of one. */
const MOVING = 30;

/** Says when the sound or the picture of the other side comes, and which way it takes. Looked up in the statistics of the connection. */
export class MediaWatch {
  readonly #calls: Sotto['calls'];
  readonly #print: (line: string) => void;
  readonly #said = new Map<string, string>();

  constructor(calls: Sotto['calls'], print: (line: string) => void) {
    this.#calls = calls;
    this.#print = print;
  }

  /** Looks at a call from now on, until it is over. */
  begin({ call }: ShownCall): void {
    if (this.#said.has(call)) return;
    this.#said.set(call, '');
    const timer = setInterval(() => {
      const phase = this.#calls.get(call)?.phase;
      if (phase === undefined || phase === 'ended') {
        clearInterval(timer);
        this.#said.delete(call);
        return;
      }
      // A connection that is just being closed has no statistics.
      this.#look(call).catch(() => {});
    }, LOOK_EVERY_MS);
    timer.unref();
  }

  async #look(call: string): Promise<void> {
    const leg = this.#calls.media(call);
    const report = leg instanceof WebRtcLeg ? await leg.statistics() : undefined;
    if (!report) return;
    const { hasSound, frames, path } = reading(report);
    const kinds = [hasSound ? 'sound' : '', frames >= MOVING ? 'picture' : ''].filter(Boolean).join(' and ');
    const said = `* received ${path}: ${kinds}`;
    if (kinds === '' || this.#said.get(call) === said || !this.#said.has(call)) return;
    this.#said.set(call, said);
    this.#print(frames >= MOVING ? `${said}; frames decoded: ${frames}` : said);
  }
}

function reading(report: RTCStatsReport) {
  let hasSound = false;
  let frames = 0;
  let path = 'on no path';
  for (const entry of report.values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') hasSound = entry.jitterBufferEmittedCount > 0;
    if (entry.type === 'inbound-rtp' && entry.kind === 'video') frames = entry.framesDecoded ?? 0;
    if (entry.type === 'transport') path = pathOf(report, entry.selectedCandidatePairId);
  }
  return { hasSound, frames, path };
}

/** A pair with one candidate at a relay goes through it. */
function pathOf(report: RTCStatsReport, id: string | undefined): string {
  const pair = id === undefined ? undefined : report.get(id);
  if (!pair) return 'on no path';
  const [local, remote] = [pair.localCandidateId, pair.remoteCandidateId].map((end) => report.get(end)?.candidateType);
  const way = local === 'relay' || remote === 'relay' ? 'through the relay' : 'directly';
  return `${way} (${local} to ${remote})`;
}
