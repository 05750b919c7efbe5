/** Compares without stopping at the first difference. JavaScript engines do not promise constant time beyond that. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Overwrites secrets that are no longer needed. Best effort: the runtime may have made copies that nobody can reach. */
export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** "BE32" of the SPQR key derivations. */
export function uint32be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** "BE64" of the SPQR key derivations, for safe integers. */
export function uint64be(value: number): Uint8Array {
  const out = new Uint8Array(8);
  out.set(uint32be(Math.floor(value / 2 ** 32)));
  out.set(uint32be(value >>> 0), 4);
  return out;
}
