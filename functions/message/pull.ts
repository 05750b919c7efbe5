import { envelope } from '../../shared/protocol/message.ts';
import type { Connections } from '../../shared/store/connections.ts';
import type { Installation } from '../../shared/store/installation.ts';
import { type Mailbox, mailPosition, type Page } from '../../shared/store/mailbox.ts';
import type { DeviceCaller } from '../caller.ts';
import { fitting } from '../fit.ts';
import { requireCurrent } from '../membership.ts';
import type { Action } from '../routes.ts';
import { envelopeOf } from './envelope.ts';

/** A mailbox full of expired mail has empty pages; so many are passed over in one request. */
const EMPTY_PAGES = 4;

export interface PullWith {
  readonly connections: Pick<Connections, 'read'>;
  readonly mailbox: Pick<Mailbox, 'page'>;
}

/** The next page of the caller's mail. */
export function pull({ connections, mailbox }: PullWith): Action<'message.pull', DeviceCaller> {
  return async ({ after }, caller) => {
    const [presence, { mail, next }] = await Promise.all([
      connections.read(caller.account, caller.device),
      firstWithMail(mailbox, caller, after),
    ]);
    requireCurrent(presence, caller);
    const envelopes = mail.map((one) => envelopeOf(one, true));
    const fit = fitting(envelope, envelopes);
    const last = mail[fit - 1];
    const end = fit < mail.length && last ? mailPosition(last) : next;
    const messages = envelopes.slice(0, fit);
    return end === undefined ? { messages } : { messages, next: end };
  };
}

async function firstWithMail(
  mailbox: Pick<Mailbox, 'page'>,
  device: Installation,
  after: string | undefined,
): Promise<Page> {
  let page = await mailbox.page(device, after);
  for (let read = 1; read < EMPTY_PAGES && page.mail.length === 0 && page.next !== undefined; read++) {
    page = await mailbox.page(device, page.next);
  }
  return page;
}
