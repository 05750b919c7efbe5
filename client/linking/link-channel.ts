import { gcm } from '@noble/ciphers/aes.js';
import { u64, utf8 } from '../../shared/protocol/bytes.ts';
import { LinkError } from './link-error.ts';
import {
  type AnyLinkMessage,
  decodeLinkMessage,
  encodeLinkMessage,
  type LinkMessage,
  type LinkMessageKind,
} from './link-messages.ts';
import type { LinkRoom } from './link-room.ts';

const NONCE_BYTES = 12;
const LABEL = utf8('sotto/link/v1');

/**
 * Sealed messages in both directions: AES-256-GCM with one key for each, the nonce counting messages. What is repeated, left out, reordered
 * or turned back does not open.
 */
export class LinkChannel {
  readonly #room: LinkRoom;
  readonly #sealKey: Uint8Array;
  readonly #openKey: Uint8Array;
  #sent = 0;
  #received = 0;

  /** @param sealKey for what this side sends; 32 bytes, used for nothing else */
  constructor(room: LinkRoom, sealKey: Uint8Array, openKey: Uint8Array) {
    this.#room = room;
    this.#sealKey = sealKey;
    this.#openKey = openKey;
  }

  async send(message: AnyLinkMessage): Promise<void> {
    await this.#room.send(gcm(this.#sealKey, nonceOf(this.#sent++), LABEL).encrypt(encodeLinkMessage(message)));
  }

  /** @throws LinkError `tampered`, `refused`, `expired` */
  async next<Kind extends LinkMessageKind>(...kinds: readonly Kind[]): Promise<LinkMessage<Kind>> {
    const sealed = await this.#room.next();
    return decodeLinkMessage(this.#open(sealed), kinds);
  }

  #open(sealed: Uint8Array): Uint8Array {
    try {
      return gcm(this.#openKey, nonceOf(this.#received++), LABEL).decrypt(sealed);
    } catch {
      throw new LinkError('tampered');
    }
  }
}

function nonceOf(count: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  nonce.set(u64(count), NONCE_BYTES - 8);
  return nonce;
}
