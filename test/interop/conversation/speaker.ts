// SPDX-License-Identifier: AGPL-3.0-only
// A device that takes part in conversations with the official library: what docs/CONVERSATIONS.md says, written a second time from the page.
import { createHmac, randomBytes } from 'node:crypto';
import type { Owner } from '../spine/owner.ts';
import { type Phone, uuidv7 } from '../spine/phone.ts';
import { lp, sha256 } from '../spine/signing.ts';
import { type Frame, text } from '../spine/wire.ts';

const PADDED = [127, 255, 511, 1023, 2047, 4095, 8191];

export class Speaker {
  readonly phone: Phone;
  /** Texts of the conversation in the order of their ids, as every device shows them. */
  readonly shown = new Map<string, string>();
  readonly #owner: Owner;
  /** Ids of the own devices that take part. */
  readonly #selected: readonly number[];

  constructor(phone: Phone, owner: Owner, selected: readonly number[]) {
    this.#selected = selected;
    this.phone = phone;
    this.#owner = owner;
  }

  get texts(): string[] {
    return [...this.shown].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, said]) => said);
  }

  /** Says something to somebody, and tells the own other devices. */
  async say(to: string, said: string): Promise<void> {
    const from = this.phone.account;
    const head = { version: 1, id: uuidv7(), from, to };
    const timer = { seconds: 0, version: 0 };
    const original = { ...head, type: 'text', text: said, timer, salt: text(randomBytes(16)) };
    this.shown.set(head.id, said);
    await this.#deliver(to, to, original);
    await this.#deliver(from, to, { ...head, to: from, type: 'sent', original, deadline: null });
  }

  /** Takes pushes until it has seen this many texts. */
  async hears(count: number): Promise<void> {
    while (this.shown.size < count) {
      const event = await this.phone.wire?.event();
      if (!event) throw new Error('closed');
      if (event.event !== 'message') continue;
      this.#show(Buffer.from(await this.phone.decrypt(event)), event);
      const { message, sender, senderDevice } = event;
      if (event.stored) await this.phone.ask('message.ack', { messages: [{ message, sender, senderDevice }] });
    }
  }

  #show(padded: Buffer, { commitment, sender }: Frame): void {
    const body = padded.subarray(0, padded.lastIndexOf(0x80));
    const content = body.subarray(0, 4 + body.readUInt32BE());
    const key = body.subarray(content.length, content.length + 32);
    if (text(commit(key, content)) !== commitment) throw new Error('the commitment does not open');
    if (content.length === 4) return;
    const payload = JSON.parse(content.subarray(4).toString());
    if (payload.from !== sender) throw new Error('said by somebody else');
    const said = payload.type === 'sent' ? payload.original : payload;
    if (said.type === 'text') this.shown.set(said.id, said.text);
  }

  /** @param peer the other account of the conversation */
  async #deliver(to: string, peer: string, payload: Frame): Promise<void> {
    const content = lp(JSON.stringify(payload));
    const key = randomBytes(32);
    const view = (account: string) => {
      const { sequence, hash } = this.phone.known(account);
      return { sequence, hash: text(hash) };
    };
    const [first, second] = [this.phone.account, peer].sort();
    const name = lp('sotto/conversation/v1');
    const conversation = text(sha256(name, lp(first ?? ''), lp(second ?? '')));
    const views = {
      ...{ version: 1, from: view(this.phone.account), to: view(to) },
      selections: { conversation, from: null, to: null },
      introduction: { commitment: text(this.#owner.commitment), token: text(this.#owner.token) },
    };
    const plaintext = pad(Buffer.concat([content, key, lp(JSON.stringify(views))]));
    const only = to === this.phone.account ? this.#selected : undefined;
    await this.phone.deliver(to, payload.id, commit(key, content), plaintext, only);
  }
}

const commit = (key: Uint8Array, content: Uint8Array): Buffer =>
  createHmac('sha256', key).update(lp('sotto/frank/v1')).update(content).digest();

/** 80, then zeros up to the size class. */
function pad(body: Buffer): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(PADDED.find((size) => size > body.length) ?? 0);
  padded.set(body);
  padded[body.length] = 0x80;
  return padded;
}
