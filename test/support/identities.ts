// Accounts, devices and lists with real keys, for every test that needs people. All of it follows from a seed: the same seed, the same bytes.

import { x25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import type { Freshness, SignedDeviceList } from '../../shared/protocol/account.ts';
import { concat, lp, u64 } from '../../shared/protocol/bytes.ts';
import type { SignedKemPreKey, SignedPreKey } from '../../shared/protocol/prekeys.ts';
import { accountCommitment, accountIdOf } from '../../shared/trust/account-id.ts';
import { signConsents } from '../../shared/trust/device-consent.ts';
import type { Device, DeviceList } from '../../shared/trust/device-list.ts';
import { ed25519PublicKey } from '../../shared/trust/ed25519.ts';
import { signFreshness } from '../../shared/trust/freshness.ts';
import { deviceListHash, signDeviceList } from '../../shared/trust/signed-device-list.ts';
import { signDeviceTicket } from '../../shared/trust/ticket.ts';
import { xeddsaSign } from '../../shared/trust/xeddsa.ts';

/** 2024-07-03, when the first list of every test account is made. */
export const TEST_EPOCH_MS = 1_720_000_000_000;

/** Bytes that follow from a label. */
export function seededBytes(label: string, length = 32): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) => sha256(concat(lp(label), u64(i))));
  return concat(...blocks).slice(0, length);
}

/** The secrets of one device and what it shows of them. */
export interface TestDeviceKeys {
  readonly seed: string;
  readonly registration: number;
  /** X25519 private key and 05 || public key. */
  readonly identityPrivateKey: Uint8Array;
  readonly identityKey: Uint8Array;
  /** Ed25519 seed and public key. */
  readonly connectSecret: Uint8Array;
  readonly connectKey: Uint8Array;
}

export function testDeviceKeys(seed: string): TestDeviceKeys {
  const identityPrivateKey = seededBytes(`${seed}/identity`);
  const connectSecret = seededBytes(`${seed}/connect`);
  const [high = 0, low = 0] = seededBytes(`${seed}/registration`);
  return {
    seed,
    registration: 1 + (((high << 8) | low) % 16_380),
    identityPrivateKey,
    identityKey: concat(Uint8Array.of(5), x25519.getPublicKey(identityPrivateKey)),
    connectSecret,
    connectKey: ed25519PublicKey(connectSecret),
  };
}

/** A device's entry in a list, with its consents. */
export function testDevice(account: string, keys: TestDeviceKeys, id: number, added: number): Device {
  const { seed, registration, identityKey, connectKey, identityPrivateKey, connectSecret } = keys;
  const subject = { id, identityKey, connectKey, added };
  const random64 = seededBytes(`${seed}/consent/${account}/${id}/${added}`, 64);
  const consents = signConsents(account, subject, identityPrivateKey, connectSecret, random64);
  return { ...subject, registration, newConversations: true, consents };
}

/** A signed Curve25519 prekey of a device. */
export function testSignedPreKey(keys: TestDeviceKeys, id = 1): SignedPreKey {
  const key = concat(Uint8Array.of(5), x25519.getPublicKey(seededBytes(`${keys.seed}/signed/${id}`)));
  return { id, key, signature: signPreKey(keys, key) };
}

/** A signed Kyber1024 prekey of a device, one-time or last resort. */
export function testKemPreKey(keys: TestDeviceKeys, id = 1): SignedKemPreKey {
  const { publicKey } = ml_kem1024.keygen(seededBytes(`${keys.seed}/kem/${id}`, 64));
  const key = concat(Uint8Array.of(8), publicKey);
  return { id, key, signature: signPreKey(keys, key) };
}

function signPreKey(keys: TestDeviceKeys, key: Uint8Array): Uint8Array {
  return xeddsaSign(keys.identityPrivateKey, key, random64For(keys.seed, key));
}

function random64For(seed: string, key: Uint8Array): Uint8Array {
  return concat(seededBytes(`${seed}/prekey`), sha256(key));
}

/** What a next list may do at once. */
export interface Changes {
  readonly add?: number;
  readonly remove?: readonly number[];
  /** Replaces the account key: signed by the old one, or by the recovery key, which then changes too. */
  readonly accountKey?: 'rotate' | 'recover';
  /** Milliseconds after the list before. */
  readonly later?: number;
}

/** An account and its chain of lists so far; grows with {@link TestAccount.publish}. */
export class TestAccount {
  readonly seed: string;
  /** What the devices' keys follow from. */
  readonly #deviceSeed: string;
  readonly account: string;
  readonly commitment: Uint8Array;
  readonly lists: SignedDeviceList[] = [];
  /** Of every device there ever was, by the text of its identity key. */
  readonly #keys = new Map<string, TestDeviceKeys>();
  content: DeviceList;
  accountSecret: Uint8Array;
  recoverySecret: Uint8Array;

  /** @param deviceSeed of another account, to have its devices' keys */
  constructor(seed: string, devices = 1, deviceSeed = seed) {
    this.seed = seed;
    this.#deviceSeed = deviceSeed;
    this.accountSecret = seededBytes(`${seed}/account/1`);
    this.recoverySecret = seededBytes(`${seed}/recovery/1`);
    const accountKey = ed25519PublicKey(this.accountSecret);
    const recoveryHash = sha256(ed25519PublicKey(this.recoverySecret));
    const salt = seededBytes(`${seed}/salt`);
    this.commitment = accountCommitment({ accountKey, recoveryHash, salt });
    this.account = accountIdOf(this.commitment);
    this.content = {
      version: 1,
      account: this.account,
      generation: 1,
      sequence: 1,
      previous: null,
      accountKey,
      recoveryHash,
      salt,
      time: TEST_EPOCH_MS,
      devices: this.#newDevices(devices, [], 1),
    };
    this.lists.push(signDeviceList(this.content, [this.accountSecret]));
  }

  get expected(): { account: string; commitment: Uint8Array } {
    return { account: this.account, commitment: this.commitment };
  }

  get hash(): Uint8Array {
    return deviceListHash(this.list);
  }

  /** The newest list. */
  get list(): SignedDeviceList {
    const list = this.lists.at(-1);
    if (!list) throw new Error('an account has a list');
    return list;
  }

  /** The entry of a device in the newest list. */
  device(id: number): Device {
    const device = this.content.devices.find((entry) => entry.id === id);
    if (!device) throw new Error(`no device ${id}`);
    return device;
  }

  /** The secrets of a device in the newest list. */
  keys(id: number): TestDeviceKeys {
    const keys = this.#keys.get(this.device(id).identityKey.join());
    if (!keys) throw new Error(`no keys for device ${id}`);
    return keys;
  }

  /** The content of a list after the newest one that changes nothing but what is given. */
  next(changes: Partial<DeviceList> = {}): DeviceList {
    const { salt: _, ...content } = this.content;
    return { ...content, sequence: content.sequence + 1, previous: this.hash, time: content.time + 1_000, ...changes };
  }

  /** Makes, signs and appends the next list. */
  publish({ add = 0, remove = [], accountKey, later = 1_000 }: Changes = {}): SignedDeviceList {
    const { sequence, generation, devices, time } = this.next();
    const kept = devices.filter(({ id }) => !remove.includes(id));
    const added = this.#newDevices(add, devices, sequence);
    const next = this.next({
      time: time - 1_000 + later,
      devices: [...kept, ...added].sort((a, b) => a.id - b.id),
    });
    if (!accountKey) return this.append(next, [this.accountSecret]);
    const secret = seededBytes(`${this.seed}/account/${sequence}`);
    const authority = accountKey === 'rotate' ? this.accountSecret : this.recoverySecret;
    if (accountKey === 'recover') this.recoverySecret = seededBytes(`${this.seed}/recovery/${sequence}`);
    this.accountSecret = secret;
    const recoveryHash = sha256(ed25519PublicKey(this.recoverySecret));
    const replaced = { ...next, generation: generation + 1, accountKey: ed25519PublicKey(secret), recoveryHash };
    return this.append(replaced, [secret, authority]);
  }

  /** Signs any content, with the account key unless told otherwise, and takes it for the newest list. */
  append(content: DeviceList, secrets: readonly Uint8Array[] = [this.accountSecret]): SignedDeviceList {
    const list = signDeviceList(content, secrets);
    this.content = content;
    this.lists.push(list);
    return list;
  }

  /** A device entry that is not in a list yet, with its consents. */
  newDevice(label: string, id: number, added: number): Device {
    const keys = testDeviceKeys(`${this.#deviceSeed}/${label}`);
    this.#keys.set(keys.identityKey.join(), keys);
    return testDevice(this.account, keys, id, added);
  }

  ticket(id: number, endpoint: string, time: number, number: number): string {
    const { registration, connectSecret } = this.keys(id);
    return signDeviceTicket({ account: this.account, device: id, registration, time, number }, endpoint, connectSecret);
  }

  fresh(time: number): Freshness {
    return signFreshness({ ...this.content, hash: this.hash }, time, this.accountSecret);
  }

  #newDevices(count: number, before: readonly Device[], sequence: number): Device[] {
    const taken = new Set(before.map(({ id }) => id));
    const free = Array.from({ length: 127 }, (_, i) => i + 1).filter((id) => !taken.has(id));
    return free.slice(0, count).map((id) => this.newDevice(`device/${id}/${sequence}`, id, sequence));
  }
}
