/** Counts by kind as aligned lines: the evidence that what a test is about has happened. */
export function faultReport(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts);
  const width = Math.max(...rows.map(([kind]) => kind.length));
  return [title, ...rows.map(([kind, count]) => `  ${kind.padEnd(width)}  ${String(count).padStart(6)}`)].join('\n');
}
