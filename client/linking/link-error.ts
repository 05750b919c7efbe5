/**
 * Why linking ended.
 *
 * - bad-code: the text is no link code, or was typed wrongly
 * - nobody-there: no device waits behind the code; it is old, or was used
 * - room-taken: two parties were in the room already: somebody else has seen the code
 * - expired: two minutes have passed, or the other side has gone
 * - refused: the person on the other device said no
 * - tampered: what arrived was not made by the other device
 * - bad-device: the device's keys, consents or prekeys do not hold, or another account has its keys
 * - unknown-outcome: it broke off after this device had consented: connecting tells whether it was linked
 */
export type LinkErrorCode =
  | 'bad-code'
  | 'nobody-there'
  | 'room-taken'
  | 'expired'
  | 'refused'
  | 'tampered'
  | 'bad-device'
  | 'unknown-outcome';

export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode) {
    super(code);
    this.code = code;
  }
}
