// Runs in the browser: one device of the engine, driven from the test through plain numbers and texts.

import {
  detectProvider,
  type EncryptedMessage,
  type PreKeyBundle,
  type ProtocolAddress,
  portableProvider,
} from '../../../client/signal-protocol/index.ts';
import { EnginePeer } from '../../unit/signal-protocol/support/engine-peer.ts';
import { fromJson, type Json, toJson } from './browser-json.ts';

export interface BrowserDevice {
  create(address: ProtocolAddress): Promise<{ nativeCurves: boolean; nativeKem: boolean }>;
  bundle(options: { oneTime: boolean }): Promise<Json>;
  trust(address: ProtocolAddress, bundle: Json): Promise<void>;
  start(address: ProtocolAddress, bundle: Json): Promise<void>;
  encrypt(address: ProtocolAddress, plaintext: Json): Promise<Json>;
  decrypt(address: ProtocolAddress, message: Json): Promise<Json>;
  hasSession(address: ProtocolAddress): Promise<boolean>;
  archive(address: ProtocolAddress): Promise<void>;
  restart(): Promise<void>;
  epoch(address: ProtocolAddress): number;
}

let peer: EnginePeer;

const device: BrowserDevice = {
  async create(address) {
    const provider = await detectProvider();
    peer = await EnginePeer.create(address, provider);
    return {
      nativeCurves: provider.x25519 !== portableProvider.x25519,
      nativeKem: provider.mlKemDecapsulate !== portableProvider.mlKemDecapsulate,
    };
  },
  bundle: async (options) => toJson(await peer.bundle(options)),
  trust: (address, bundle) => peer.trust(address, fromJson<PreKeyBundle>(bundle)),
  start: (address, bundle) => peer.start(address, fromJson<PreKeyBundle>(bundle)),
  encrypt: async (address, plaintext) => toJson(await peer.encrypt(address, fromJson<Uint8Array>(plaintext))),
  decrypt: async (address, message) => toJson(await peer.decrypt(address, fromJson<EncryptedMessage>(message))),
  hasSession: (address) => peer.hasSession(address),
  archive: (address) => peer.archive(address),
  restart: () => peer.restart(),
  epoch: (address) => peer.epoch(address),
};

Object.assign(globalThis, { device });
