import { describe } from 'vitest';
import { MemoryStore } from '../../../client/signal-protocol/index.ts';
import { protocolStoreCases } from './support/store-cases.ts';

describe('the store in memory', () => {
  protocolStoreCases(async () => {
    const keyPair = { publicKey: new Uint8Array(33), privateKey: new Uint8Array(32) };
    const store = new MemoryStore({ keyPair, registrationId: 1 });
    return {
      store,
      savePreKey: async (record) => void store.preKeys.set(record.id, record),
      saveKyberPreKey: async (record) => void store.kyberPreKeys.set(record.id, record),
    };
  });
});
