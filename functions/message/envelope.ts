import type { Envelope } from '../../shared/protocol/message.ts';
import type { Mail } from '../../shared/store/mailbox.ts';

/** Mail as it travels to its device. */
export function envelopeOf(mail: Mail, stored: boolean): Envelope {
  return {
    message: mail.message,
    sender: mail.sender,
    senderDevice: mail.senderDevice,
    type: mail.type,
    ciphertext: mail.ciphertext,
    commitment: mail.commitment,
    stamp: { week: mail.week, time: mail.received, tag: mail.stamp },
    urgent: mail.urgent,
    expires: mail.expires * 1000,
    stored,
  };
}
