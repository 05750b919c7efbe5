import { vi } from 'vitest';

/** What is written to this process's output from now on, line by line, instead of being printed; until `vi.restoreAllMocks()`. */
export function captureLog(): string[] {
  const lines: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      lines.push(...String(text).trimEnd().split('\n'));
      return true;
    });
  }
  return lines;
}
