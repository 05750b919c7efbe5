import { expect, it } from 'vitest';
import { portableProvider } from '../../../client/signal-protocol/index.ts';
import { accumulateMlKem768 } from './support/accumulated-ml-kem.ts';

it('gives the accumulated hash of ten thousand rounds that is published', async () => {
  expect(await accumulateMlKem768(portableProvider, 10_000)).toBe(
    '8a518cc63da366322a8e7a818c7a0d63483cb3528d34a4cf42f35d5ad73f22fc',
  );
});
