import type { Sending, ShownCall, Sotto } from '../../client/index.ts';
import { MediaWatch } from './media-watch.ts';
import type { Names } from './names.ts';

/** Shows what happens to calls, line by line. */
export class CallScreen {
  readonly #calls: Sotto['calls'];
  readonly #names: Names;
  readonly #print: (line: string) => void;
  readonly #shown = new Map<string, string>();
  readonly #media: MediaWatch;

  constructor({ calls }: Sotto, names: Names, print: (line: string) => void) {
    this.#calls = calls;
    this.#names = names;
    this.#print = print;
    this.#media = new MediaWatch(calls, print);
  }

  begin(): void {
    this.#calls.onChange((call) => this.#show(call));
  }

  #show(call: ShownCall): void {
    if (call.phase === 'connected') this.#media.begin(call);
    const line = this.#line(call);
    if (this.#shown.get(call.call) === line) return;
    this.#shown.set(call.call, line);
    this.#print(line);
  }

  #line(call: ShownCall): string {
    const { account, media, phase, reason, ringing } = call;
    const who = this.#names.of(account);
    switch (phase) {
      case 'ringing':
        return `* ${who} is calling (${media}): /pick or /decline`;
      case 'offered-here':
        return `* the call with ${who} (${media}) can go on here: /pick or /decline`;
      case 'calling':
        return `* calling ${who} (${media}); ringing there: ${ringing.length === 0 ? 'nothing yet' : `device ${ringing.join(', ')}`}`;
      case 'connected':
        return `* ${talking(who, call)}`;
      case 'ended':
        return `* the call with ${who} is over: ${reason}`;
      default:
        return `* the call with ${who}: ${phase}`;
    }
  }
}

function talking(who: string, { device, shortCode, theirs, video }: ShownCall): string {
  const code = shortCode === undefined ? '' : `, code ${shortCode.slice(0, 4)} ${shortCode.slice(4)}`;
  const asks = video === 'asked-by-them' ? `; ${who} asks for video: /video on or /video off` : '';
  return `talking to ${who} at device ${device}${code}; they send ${sendingOf(theirs)}${asks}`;
}

function sendingOf({ microphone, camera }: Sending): string {
  return [microphone ? 'sound' : '', camera ? 'picture' : ''].filter(Boolean).join(' and ') || 'nothing';
}
