/**
 * Why something cannot be done about a call.
 *
 * - no-media: the client was opened without media
 * - in-a-call: this device is in a call already
 * - unknown-call: there is no such call, or it is over
 * - blocked: the person is blocked, or nothing is sent to them for a reason that `Sotto.contact` names
 * - no-devices: none of the person's devices takes part in the conversation
 * - not-now: the call is in a state in which this cannot be done
 */
export type CallErrorCode = 'no-media' | 'in-a-call' | 'unknown-call' | 'blocked' | 'no-devices' | 'not-now';

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
