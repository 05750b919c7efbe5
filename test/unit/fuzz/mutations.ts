import * as fc from 'fast-check';

/** A few bytes changed, taken away, put in or repeated. */
export const mutated = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(
      fc.record({
        at: fc.nat({ max: Math.max(0, bytes.length - 1) }),
        cut: fc.nat({ max: 3 }),
        put: fc.uint8Array({ maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((changes) => {
      let result = bytes;
      for (const { at, cut, put } of changes) {
        result = Uint8Array.from([...result.slice(0, at), ...put, ...result.slice(at + cut)]);
      }
      return result;
    });

/** JSON with one value replaced by any other, so that what is wrong is not the syntax. */
export const mutatedJson = (text: string): fc.Arbitrary<string> => {
  const places = [...text.matchAll(/"[^"\\]*"|-?\d+|null|true|false/g)].map(({ index, 0: found }) => ({
    index,
    found,
  }));
  const junk = fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.constantFrom('-1', '1e3', '0.5', '9007199254740993', '""', 'null'),
  );
  return fc
    .tuple(fc.constantFrom(...places), junk)
    .map(([{ index, found }, value]) => text.slice(0, index) + value + text.slice(index + found.length));
};
