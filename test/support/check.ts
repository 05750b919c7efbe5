// Assertions that run in a browser page as well as under the test runner.

/** @throws Error unless both have the same structure and values; bytes are compared as bytes */
export function equal(actual: unknown, expected: unknown, what = 'value'): void {
  const [a, b] = [describe(actual), describe(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b.slice(0, 300)}, got ${a.slice(0, 300)}`);
}

/** @throws Error unless the work fails with this code */
export async function fails(work: () => Promise<unknown>, code: string, what = 'operation'): Promise<void> {
  let result: string;
  try {
    await work();
    result = 'success';
  } catch (error) {
    result = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  equal(result, code, what);
}

function describe(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (entry instanceof Uint8Array) return `bytes ${[...entry].join(' ')}`;
    return entry === undefined ? 'undefined' : entry;
  });
}
