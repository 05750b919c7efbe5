import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How long something may take that is waited for. */
const PATIENCE_MS = 60_000;

/** A program on the stage: what it says is shown, and what it is told comes from the story. */
export class Actor {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #said: string[] = [];
  #heard = 0;
  #wake = () => {};

  /** @param file of the program, from the root of the repository */
  constructor(name: string, file: string, args: readonly string[], show: (line: string) => string | undefined) {
    this.#name = name;
    const options = ['--disable-warning=ExperimentalWarning', file, ...args];
    this.#child = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    void this.#ended.then(() => this.#wake());
    if (!this.#child.stdout) throw new Error('no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#said.push(line);
      const shown = show(line);
      if (shown !== undefined) console.log(`${this.#name.padStart(14)} | ${shown}`);
      this.#wake();
    });
  }

  /** Types a line. */
  type(line: string): void {
    console.log(`${this.#name.padStart(14)} > ${line.length > 100 ? `${line.slice(0, 60)}…` : line}`);
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The next line that fits, after the one heard last; its groups. @throws Error when it does not come */
  async hears(pattern: RegExp): Promise<RegExpExecArray> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    late.addEventListener('abort', () => this.#wake());
    for (;;) {
      while (this.#heard < this.#said.length) {
        const found = pattern.exec(this.#said[this.#heard++] ?? '');
        if (found) return found;
      }
      if (late.aborted || this.#child.exitCode !== null) throw new Error(`${this.#name} never said ${pattern}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends it, by a signal that it may answer. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
  }
}
