import type { ShownCall, Sotto } from '../../client/index.ts';
import type { Names } from './names.ts';

/** Shows what happens to calls, line by line. */
export class CallScreen {
  readonly #names: Names;
  readonly #print: (line: string) => void;
  readonly #shown = new Map<string, string>();

  readonly #calls: Sotto['calls'];

  constructor({ calls }: Sotto, names: Names, print: (line: string) => void) {
    this.#calls = calls;
    this.#names = names;
    this.#print = print;
  }

  begin(): void {
    this.#calls.onChange((call) => this.#show(call));
  }

  #show(call: ShownCall): void {
    const line = this.#line(call);
    if (this.#shown.get(call.call) === line) return;
    this.#shown.set(call.call, line);
    this.#print(line);
  }

  #line({ account, media, phase, reason, ringing, shortCode, video, theirs }: ShownCall): string {
    const who = this.#names.of(account);
    switch (phase) {
      case 'ringing':
        return `* ${who} is calling (${media}): /pick or /decline`;
      case 'offered-here':
        return `* the call with ${who} (${media}) can go on here: /pick or /decline`;
      case 'calling':
        return `* calling ${who} (${media}); ringing there: ${ringing.length === 0 ? 'nothing yet' : `device ${ringing.join(', ')}`}`;
      case 'connected': {
        const asks = video === 'asked-by-them' ? `; ${who} asks for video: /video on or /video off` : '';
        const shown = theirs.camera ? ', their camera is on' : '';
        return `* talking to ${who} (${media})${shortCode ? `, code ${shortCode.slice(0, 4)} ${shortCode.slice(4)}` : ''}${shown}${asks}`;
      }
      case 'ended':
        return `* the call with ${who} is over: ${reason}`;
      default:
        return `* the call with ${who}: ${phase}`;
    }
  }
}
