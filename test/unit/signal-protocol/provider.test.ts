import { afterEach, describe, expect, it, vi } from 'vitest';
import { portableProvider } from '../../../client/signal-protocol/index.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The module keeps what it found, so every case needs it fresh. */
async function detectAfresh() {
  const { detectProvider } = await import('../../../client/signal-protocol/primitives/detect-provider.ts');
  const { portableProvider: portable } = await import('../../../client/signal-protocol/primitives/provider.ts');
  return { found: await detectProvider(), portable };
}

describe('the provider for the platform', () => {
  it('takes the curves of WebCrypto where they work', async () => {
    const { found, portable } = await detectAfresh();
    expect(found.x25519).not.toBe(portable.x25519);
    expect(found.xeddsaVerify).not.toBe(portable.xeddsaVerify);
  });

  it.each([
    ['without WebCrypto', undefined],
    ['with a WebCrypto that lacks the algorithms', failing()],
  ])('is the portable one %s', async (_name, crypto) => {
    const { getRandomValues } = globalThis.crypto;
    const random = { getRandomValues: getRandomValues.bind(globalThis.crypto) };
    vi.resetModules();
    vi.stubGlobal('crypto', crypto ? { ...random, subtle: crypto } : random);
    const { found, portable } = await detectAfresh();
    expect(found).toEqual(portable);
  });

  it('does not take a WebCrypto that computes something else', async () => {
    const { subtle } = globalThis.crypto;
    const wrong = Object.fromEntries(
      ['generateKey', 'exportKey', 'importKey', 'verify'].map((name) => [name, Reflect.get(subtle, name).bind(subtle)]),
    );
    const getRandomValues = globalThis.crypto.getRandomValues.bind(globalThis.crypto);
    const deriveBits = async () => new ArrayBuffer(32);
    vi.stubGlobal('crypto', { getRandomValues, subtle: { ...wrong, deriveBits } });
    const { found, portable } = await detectAfresh();
    expect(found.x25519).toBe(portable.x25519);
  });

  it('portable keys are clamped', async () => {
    const { privateKey } = await portableProvider.generateKeyPair();
    expect([(privateKey[0] ?? 0) & 7, (privateKey[31] ?? 0) & 0xc0]).toEqual([0, 0x40]);
  });
});

function failing() {
  const refuse = () => Promise.reject(new Error('NotSupportedError'));
  return { generateKey: refuse, exportKey: refuse, importKey: refuse, deriveBits: refuse, verify: refuse };
}
