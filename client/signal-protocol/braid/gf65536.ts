// Arithmetic in GF(2^16) modulo x^16 + x^12 + x^3 + x + 1, in which x generates every non-zero element, so that products
// are sums of logarithms. Only public data passes through here: erasure coding happens to what is on the wire anyway.

const MODULUS = 0x1100b;
const ORDER = 0xffff;

interface Tables {
  readonly logarithm: Uint16Array;
  /** Twice the period, so that a sum of two logarithms needs no reduction. */
  readonly power: Uint16Array;
}

let cached: Tables | undefined;

/** Built at the first use: most programs never lose a message, and then nothing is ever interpolated. */
function tables(): Tables {
  cached ??= buildTables();
  return cached;
}

function buildTables(): Tables {
  const logarithm = new Uint16Array(ORDER + 1);
  const power = new Uint16Array(2 * ORDER);
  let value = 1;
  for (let exponent = 0; exponent < ORDER; exponent++) {
    power[exponent] = value;
    power[exponent + ORDER] = value;
    logarithm[value] = exponent;
    value <<= 1;
    if (value > ORDER) value ^= MODULUS;
  }
  return { logarithm, power };
}

/**
 * Lagrange interpolation: the factors by which the values at `nodes` add up to the value at `x`, in logarithms.
 *
 * @param nodes distinct, none of them equal to x
 */
export function interpolationFactors(nodes: readonly number[], x: number): Uint16Array {
  const { logarithm } = tables();
  const factors = new Uint16Array(nodes.length);
  nodes.forEach((node, i) => {
    let sum = 0;
    for (const other of nodes) {
      if (other !== node) sum += (logarithm[x ^ other] ?? 0) - (logarithm[node ^ other] ?? 0);
    }
    factors[i] = ((sum % ORDER) + ORDER) % ORDER;
  });
  return factors;
}

/** Adds to the 16-bit big-endian words of `sum` those of `words` times a factor, which is given by its logarithm. */
export function addScaled(sum: Uint8Array, words: Uint8Array, factor: number): void {
  const { logarithm, power } = tables();
  for (let i = 0; i < words.length; i += 2) {
    const word = ((words[i] ?? 0) << 8) | (words[i + 1] ?? 0);
    if (word === 0) continue;
    const product = power[(logarithm[word] ?? 0) + factor] ?? 0;
    sum[i] = (sum[i] ?? 0) ^ (product >> 8);
    sum[i + 1] = (sum[i + 1] ?? 0) ^ (product & 0xff);
  }
}
