import type { Told } from './adversary.ts';
import type { Outcome } from './client.ts';
import { allServerFields } from './server-frames.ts';

/** One run: what somebody did, every lie that was told meanwhile, and what the clients made of it. */
export interface Entry {
  readonly number: number;
  readonly deed: string;
  readonly by: string;
  readonly lies: readonly Told[];
  readonly outcome: Outcome;
  /** What people were told. */
  readonly notices: readonly string[];
}

export class Report {
  readonly seed: number;
  readonly entries: Entry[] = [];
  /** What no client may ever do. Empty, or the client is broken. */
  violations: readonly string[] = [];
  /** How often the deployment itself, honestly, met a limit of its own: then the limit was measured, and not the clients. */
  limited = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Several reports as one, the runs numbered through. */
  static merged(seed: number, reports: readonly Report[]): Report {
    const whole = new Report(seed);
    for (const { entries } of reports)
      for (const entry of entries) whole.add({ ...entry, number: whole.entries.length + 1 });
    whole.violations = reports.flatMap((report) => report.violations.map((one) => `seed ${report.seed}: ${one}`));
    whole.limited = reports.reduce((sum, { limited }) => sum + limited, 0);
    return whole;
  }

  end(violations: readonly string[]): Report {
    const defects = this.entries.filter(({ outcome }) => outcome.startsWith('DEFECT'));
    this.violations = [...violations, ...defects.map(({ number, outcome }) => `run ${number}: ${outcome}`)];
    return this;
  }

  get lies(): readonly Told[] {
    return this.entries.flatMap(({ lies }) => lies);
  }

  /** Fields of the protocol that nobody has lied about yet. */
  get fieldsLeft(): string[] {
    const done = new Set(this.lies.map(({ frame, field }) => `${frame}: ${field ?? ''}`));
    return allServerFields().filter((field) => !done.has(field));
  }

  /** A page for people: sums first, then every violation. */
  summary(): string {
    const { entries, lies, violations } = this;
    const all = allServerFields().length;
    return [
      `seed ${this.seed}: ${entries.length} runs, ${lies.length} lies, ${all - this.fieldsLeft.length} of ${all} fields of server frames lied about`,
      table(
        'trick',
        lies.map(({ trick }) => trick),
      ),
      table(
        'what the client answered',
        entries.map(({ outcome }) => outcome),
      ),
      table(
        'what people were told',
        entries.flatMap(({ notices }) => notices.map((one) => one.replace(/^.*: /, ''))),
      ),
      `The deployment met a limit of its own ${this.limited} times.`,
      violations.length === 0 ? 'No violation.' : ['VIOLATIONS', ...violations].join('\n  '),
    ].join('\n\n');
  }

  /** Every lie and what came of it, one run a line. */
  details(): string {
    return this.entries.map(lineOf).join('\n');
  }
}

function lineOf({ number, deed, by, lies, outcome, notices }: Entry): string {
  const told = lies.map(({ frame, trick, field, kind }) => [frame, trick, field, kind].filter(Boolean).join(' '));
  return `${number} ${by}: ${deed} | ${told.join('; ') || 'no lie'} | ${outcome}${notices.length > 0 ? ` | ${notices.join('; ')}` : ''}`;
}

function table(title: string, values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const rows = [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, count]) => `  ${String(count).padStart(6)}  ${value}`);
  return [title, ...rows].join('\n');
}
