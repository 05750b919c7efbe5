import type { MessageView } from '../../client/index.ts';

/** What became of a call, as it is listed in its conversation. */
export function callText({ incoming, media, outcome, seconds }: NonNullable<MessageView['call']>): string {
  const call = media === 'video' ? 'video call' : 'call';
  switch (outcome) {
    case 'answered':
      return `(${call}, ${seconds} s)`;
    case 'missed':
    case 'cancelled':
    case 'busy':
      return incoming ? `(missed ${call})` : `(${call}, ${NOT_REACHED[outcome]})`;
    case 'elsewhere':
      return `(${call}, answered on another device)`;
    case 'ongoing':
      return `(${call}, going on)`;
    case 'declined':
    case 'failed':
      return `(${call}, ${outcome})`;
  }
}

const NOT_REACHED = { missed: 'no answer', cancelled: 'given up', busy: 'they were in another' } as const;
