import type { Block } from '../identity/standing.ts';

/**
 * Why a message was not encrypted for anybody.
 *
 * - blocked: the account is not in good standing; `blocks` says why
 * - unknown-contact: no list of the account was ever accepted
 * - nobody-selected: no device that takes part is in the list; a person has to know
 * - not-selected: this device does not take part in the conversation
 * - no-keys: for none of the devices that take part the server hands out usable keys
 */
export type SendErrorCode = 'blocked' | 'unknown-contact' | 'nobody-selected' | 'not-selected' | 'no-keys';

export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: SendErrorCode;
  /** With `blocked`. */
  readonly blocks: readonly Block[];

  constructor(code: SendErrorCode, blocks: readonly Block[] = []) {
    super(code);
    this.code = code;
    this.blocks = blocks;
  }
}
