/**
 * Why something about accounts and devices was not done.
 *
 * - not-key-holder: this device does not have the account key that signs the next list
 * - unpublished: a signed list has not become the current one yet; it is published again at the next chance, and nothing else until then
 * - overtaken: another list took the place of the one that was signed; look at it and decide again
 * - invalid-draft: the list would break a rule: a device that is not there, the last one removed
 * - unknown-contact: nothing acceptable is known of the account
 * - wrong-phrase: the phrase is not this account's, or not any more
 * - unavailable-chain: the server hands out no chain of lists that can be accepted
 */
export type IdentityErrorCode =
  | 'not-key-holder'
  | 'unpublished'
  | 'overtaken'
  | 'invalid-draft'
  | 'unknown-contact'
  | 'wrong-phrase'
  | 'unavailable-chain';

export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode) {
    super(code);
    this.code = code;
  }
}
