import { ProtocolError } from '../../shared/protocol/errors.ts';
import { SendError } from '../device/send-error.ts';
import { TransportError } from '../transport/transport-error.ts';
import type { Refusal } from './courier.ts';

/** What a failed attempt to send a letter means for it. */
export type FailureCause =
  | { readonly kind: 'refused'; readonly reason: Refusal }
  /** It may pass; `after` in milliseconds, if the server said so. */
  | { readonly kind: 'later'; readonly after?: number }
  | { readonly kind: 'unexpected' };

export function causeOf(error: unknown): FailureCause {
  if (error instanceof SendError) return causeOfSendError(error);
  if (error instanceof TransportError) return { kind: 'later' };
  if (error instanceof ProtocolError) return causeOfAnswer(error);
  return { kind: 'unexpected' };
}

function causeOfSendError({ code }: SendError): FailureCause {
  if (code === 'blocked') return { kind: 'refused', reason: 'blocked' };
  if (code === 'unknown-contact') return { kind: 'refused', reason: 'unknown-account' };
  if (code === 'no-keys') return { kind: 'later' };
  return { kind: 'refused', reason: 'no-devices' };
}

function causeOfAnswer({ code, detail: { retryAfter } }: ProtocolError): FailureCause {
  switch (code) {
    case 'unknown-account':
      return { kind: 'refused', reason: 'unknown-account' };
    case 'message-time':
      return { kind: 'refused', reason: 'expired' };
    case 'rate-limited':
      return retryAfter === undefined ? { kind: 'later' } : { kind: 'later', after: retryAfter };
    case 'unavailable':
    case 'internal':
    case 'not-current':
      return { kind: 'later' };
    default:
      return { kind: 'refused', reason: 'rejected' };
  }
}
