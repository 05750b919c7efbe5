import { expect, it } from 'vitest';
import { accumulateMlKem768 } from './support/accumulated-ml-kem.ts';

it('gives the accumulated hash of ten thousand rounds that CCTV publishes', () => {
  expect(accumulateMlKem768(10_000)).toBe('f7db260e1137a742e05fe0db9525012812b004d29040a5b606aad3d134b548d3');
});
