/** One figure of a benchmark. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is measured against: another implementation, or the source of the aim. */
  readonly against: string;
  /** The value to reach, or null for a figure that is only reported. */
  readonly aim: number | null;
  readonly lowerIsBetter: boolean;
}

/** What a file bench/<topic>/<name>-bench.ts exports. */
export interface Benchmark {
  run(): Promise<Row[]>;
}

export function missesAim({ value, aim, lowerIsBetter }: Row): boolean {
  if (aim === null) return false;
  // Not a number misses every aim.
  return lowerIsBetter ? !(value <= aim) : !(value >= aim);
}
