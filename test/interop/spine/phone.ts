// SPDX-License-Identifier: AGPL-3.0-only
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import {
  CiphertextMessageType,
  KEMKeyPair,
  KEMPublicKey,
  KyberPreKeyRecord,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PrivateKey,
  ProtocolAddress,
  PublicKey,
  processPreKeyBundle,
  SignalMessage,
  SignedPreKeyRecord,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
} from '@signalapp/libsignal-client';
import { lp, SigningKey, sha256, signedTicket, statement, u64 } from './signing.ts';
import { Identities, KyberPreKeys, PreKeys, Sessions, SignedPreKeys } from './stores.ts';
import { bytes, type Frame, text, Wire } from './wire.ts';

const SIGNED = 1;
const LAST_RESORT = 2;

/** What a phone knows of somebody: the newest list it accepted and the token that it was given. */
export interface Contact {
  readonly account: string;
  readonly token?: Uint8Array;
  sequence: number;
  /** SHA-256 of the list as it is signed. */
  hash: Uint8Array;
  devices: readonly Frame[];
}

export interface Received {
  readonly sender: string;
  readonly senderDevice: number;
  readonly message: string;
  readonly said: string;
}

/** A device: the official library's protocol on top of plain frames. */
export class Phone {
  readonly registration = randomInt(1, 16_381);
  readonly account: string;
  readonly device: number;
  /** What it has shown, in order, each message once. */
  readonly shown: Received[] = [];
  /** How many copies arrived of messages that were shown already. */
  repeated = 0;
  wire: Wire | undefined;
  readonly #identity = PrivateKey.generate();
  readonly #connectKey = new SigningKey();
  readonly #sessions = new Sessions();
  readonly #identities = new Identities(this.#identity, this.registration);
  readonly #preKeys = new PreKeys();
  readonly #signedPreKeys = new SignedPreKeys();
  readonly #kyberPreKeys = new KyberPreKeys(LAST_RESORT);
  readonly #contacts = new Map<string, Contact>();
  readonly #seen = new Set<string>();
  readonly #local: ProtocolAddress;
  #tickets = 0;

  constructor(account: string, device: number) {
    this.account = account;
    this.device = device;
    this.#local = ProtocolAddress.new(account, device);
  }

  /** This device as an entry of a list, with its own consents. */
  listEntry(added: number): Frame {
    const identityKey = this.#identity.getPublicKey().serialize();
    const consent = (by: string) =>
      statement(
        'sotto/device-consent/v1',
        by,
        this.account,
        u64(this.device),
        identityKey,
        this.#connectKey.publicKey,
        u64(added),
      );
    return {
      id: this.device,
      identityKey: text(identityKey),
      connectKey: text(this.#connectKey.publicKey),
      added,
      registration: this.registration,
      newConversations: true,
      consents: {
        identity: text(this.#identity.sign(new Uint8Array(consent('identity')))),
        connect: text(this.#connectKey.sign(consent('connect'))),
      },
    };
  }

  /** The prekeys that a new device brings along. */
  async firstPreKeys(): Promise<Frame> {
    const pair = PrivateKey.generate();
    const key = pair.getPublicKey();
    const signature = this.#identity.sign(key.serialize());
    await this.#signedPreKeys.saveSignedPreKey(
      SIGNED,
      SignedPreKeyRecord.new(SIGNED, Date.now(), key, pair, signature),
    );
    return {
      device: this.device,
      signed: { id: SIGNED, key: text(key.serialize()), signature: text(signature) },
      lastResort: await this.#kyber(LAST_RESORT),
    };
  }

  async connect(url: string): Promise<void> {
    const fields = ['d', this.account, this.device, this.registration, Date.now(), ++this.#tickets].map(String);
    this.wire = await Wire.open(url, signedTicket(url, fields, this.#connectKey));
  }

  /** One page of one-time keys of each kind. */
  async publishOneTimeKeys(ec: number, kem: number): Promise<void> {
    const page = Date.now();
    const keys = [];
    for (let id = 1; id <= ec; id++) {
      const pair = PrivateKey.generate();
      await this.#preKeys.savePreKey(id, PreKeyRecord.new(id, pair.getPublicKey(), pair));
      keys.push({ id, key: text(pair.getPublicKey().serialize()) });
    }
    await this.ask('prekeys.publish', { ec: { page, from: 0, keys, count: ec } });
    const kyber = [];
    for (let id = 101; id <= 100 + kem; id++) kyber.push(await this.#kyber(id));
    for (let from = 0; from < kem; from += 12) {
      const last = from + 12 >= kem;
      await this.ask('prekeys.publish', {
        kem: { page, from, keys: kyber.slice(from, from + 12), ...(last ? { count: kem } : {}) },
      });
    }
  }

  ask(action: string, fields: Frame = {}): Promise<Frame> {
    if (!this.wire) throw new Error('not connected');
    return this.wire.request(action, fields);
  }

  /** Learns somebody's devices; every identity comes from the list. */
  async meet(account: string, token?: Uint8Array): Promise<void> {
    const contact: Contact = { account, sequence: 0, hash: new Uint8Array(), devices: [], ...(token ? { token } : {}) };
    this.#contacts.set(account, contact);
    const reply = await this.ask('account.lists', { account, after: 0, ...(token ? { token: text(token) } : {}) });
    this.#accept(contact, reply.lists);
  }

  /** Encrypts for every device of a contact but this one and sends in as many frames as it takes. Follows the list when it has moved on. */
  async say(to: string, said: string): Promise<void> {
    const message = uuidv7();
    const content = lp(JSON.stringify({ message, from: this.account, said }));
    const key = randomBytes(32);
    const commitment = createHmac('sha256', key).update(lp('sotto/frank/v1')).update(content).digest();
    await this.deliver(to, message, commitment, new Uint8Array(Buffer.concat([content, key])));
  }

  /** Encrypts a plaintext and sends it, see {@link say}. @param only for these devices, where not all of the account's are meant */
  async deliver(
    to: string,
    message: string,
    commitment: Uint8Array,
    plaintext: Uint8Array<ArrayBuffer>,
    only?: readonly number[],
  ): Promise<void> {
    const contact = this.#contact(to);
    const served = new Set<number>();
    for (;;) {
      const missing = contact.devices.filter(
        ({ id }) => !served.has(id) && !(to === this.account && id === this.device) && (only?.includes(id) ?? true),
      );
      if (missing.length === 0) return;
      const sealed = await this.#seal(contact, missing, plaintext);
      for (const device of sealed) {
        const reply = await this.ask('message.send', {
          message,
          to,
          ...(contact.token ? { token: text(contact.token) } : {}),
          list: contact.sequence,
          commitment: text(commitment),
          ttl: 3_600,
          urgent: true,
          devices: [device],
        });
        for (const { device: id, status } of reply.devices) if (status === 'stored') served.add(id);
        if (reply.lists) this.#accept(contact, reply.lists);
      }
    }
  }

  /** Asks for mail until there is none, shows it and acknowledges it. */
  async collect(): Promise<void> {
    for (let after: string | undefined; ; ) {
      const page = await this.ask('message.pull', after ? { after } : {});
      for (const envelope of page.messages) await this.receive(envelope);
      if (page.messages.length > 0) {
        const names = page.messages.map(({ message, sender, senderDevice }: Frame) => ({
          message,
          sender,
          senderDevice,
        }));
        for (let from = 0; from < names.length; from += 25)
          await this.ask('message.ack', { messages: names.slice(from, from + 25) });
      }
      if (!page.next) return;
      after = page.next;
    }
  }

  /** Decrypts one envelope and shows it, unless it was shown. */
  async receive(envelope: Frame): Promise<void> {
    const { sender, senderDevice, message } = envelope;
    const name = `${message}/${sender}/${senderDevice}`;
    if (this.#seen.has(name)) {
      this.repeated++;
      return;
    }
    const plaintext = Buffer.from(await this.decrypt(envelope));
    const content = plaintext.subarray(0, 4 + plaintext.readUInt32BE());
    const key = plaintext.subarray(content.length, content.length + 32);
    const commitment = createHmac('sha256', key).update(lp('sotto/frank/v1')).update(content).digest();
    if (text(commitment) !== envelope.commitment) throw new Error('the commitment does not open');
    const { said } = JSON.parse(content.subarray(4).toString());
    this.#seen.add(name);
    this.shown.push({ sender, senderDevice, message, said });
  }

  /** The plaintext of an envelope. */
  decrypt({ sender, senderDevice, type, ciphertext }: Frame): Promise<Uint8Array> {
    return this.#open(sender, senderDevice, type, bytes(ciphertext));
  }

  /** The newest list that was accepted of somebody. */
  known(account: string): Contact {
    return this.#contact(account);
  }

  #contact(account: string): Contact {
    const contact = this.#contacts.get(account);
    if (!contact) throw new Error('unknown contact');
    return contact;
  }

  #accept(contact: Contact, lists: Frame[]): void {
    for (const list of lists) {
      const content = JSON.parse(Buffer.from(bytes(list.payload)).toString());
      if (content.sequence !== contact.sequence + 1) throw new Error('a list is missing');
      contact.sequence = content.sequence;
      contact.hash = sha256(Buffer.from('sotto/device-list/v1\0'), bytes(list.payload));
      contact.devices = content.devices;
    }
    for (const { id, identityKey } of contact.devices) {
      this.#identities.trust(ProtocolAddress.new(contact.account, id), PublicKey.deserialize(bytes(identityKey)));
    }
  }

  async #seal(contact: Contact, devices: readonly Frame[], plaintext: Uint8Array<ArrayBuffer>): Promise<Frame[]> {
    await this.#begin(contact, devices);
    const sealed = [];
    for (const { id, registration } of devices) {
      const address = ProtocolAddress.new(contact.account, id);
      const message = await signalEncrypt(plaintext, address, this.#local, this.#sessions, this.#identities);
      sealed.push({ device: id, registration, type: message.type(), ciphertext: text(message.serialize()) });
    }
    return sealed;
  }

  /** PQXDH with every device that there is no session with yet. */
  async #begin(contact: Contact, devices: readonly Frame[]): Promise<void> {
    const strangers = [];
    for (const device of devices) {
      const session = await this.#sessions.getSession(ProtocolAddress.new(contact.account, device.id));
      if (!session?.hasCurrentState()) strangers.push(device);
    }
    if (strangers.length === 0) return;
    const reply = await this.ask('prekeys.fetch', {
      account: contact.account,
      ...(contact.token ? { token: text(contact.token) } : {}),
      devices: strangers.map(({ id, registration }) => ({ device: id, registration })),
    });
    for (const { device, registration, signed, kem, ec } of reply.bundles) {
      const identity = strangers.find(({ id }) => id === device)?.identityKey;
      const bundle = PreKeyBundle.new(
        registration,
        device,
        ec?.id ?? null,
        ec ? PublicKey.deserialize(bytes(ec.key)) : null,
        signed.id,
        PublicKey.deserialize(bytes(signed.key)),
        bytes(signed.signature),
        PublicKey.deserialize(bytes(identity)),
        kem.id,
        KEMPublicKey.deserialize(bytes(kem.key)),
        bytes(kem.signature),
      );
      await processPreKeyBundle(
        bundle,
        ProtocolAddress.new(contact.account, device),
        this.#local,
        this.#sessions,
        this.#identities,
      );
    }
  }

  #open(sender: string, device: number, type: number, ciphertext: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const address = ProtocolAddress.new(sender, device);
    if (type === CiphertextMessageType.Whisper) {
      return signalDecrypt(
        SignalMessage.deserialize(ciphertext),
        address,
        this.#local,
        this.#sessions,
        this.#identities,
      );
    }
    return signalDecryptPreKey(
      PreKeySignalMessage.deserialize(ciphertext),
      address,
      this.#local,
      this.#sessions,
      this.#identities,
      this.#preKeys,
      this.#signedPreKeys,
      this.#kyberPreKeys,
    );
  }

  async #kyber(id: number): Promise<Frame> {
    const pair = KEMKeyPair.generate();
    const key = pair.getPublicKey().serialize();
    const signature = this.#identity.sign(key);
    await this.#kyberPreKeys.saveKyberPreKey(id, KyberPreKeyRecord.new(id, Date.now(), pair, signature));
    return { id, key: text(key), signature: text(signature) };
  }
}

/** RFC 9562, version 7. */
export function uuidv7(): string {
  const id = randomBytes(16);
  id.writeUIntBE(Date.now(), 0, 6);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x70;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
