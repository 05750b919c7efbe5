import { SUBPROTOCOL } from '../../shared/protocol/session.ts';
import type { DeviceLists } from '../../shared/store/device-lists.ts';
import type { CallerContext } from '../caller.ts';
import { judgeTicket } from '../tickets.ts';

/** What API Gateway asks a REQUEST authorizer. */
export interface AuthorizerEvent {
  readonly methodArn: string;
  /** As the client spelled them. */
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
}

export interface AuthorizerAnswer {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: readonly {
      readonly Action: string;
      readonly Effect: 'Allow' | 'Deny';
      readonly Resource: string;
    }[];
  };
  readonly context?: CallerContext;
}

export interface AuthorizeWith {
  readonly lists: Pick<DeviceLists, 'head'>;
  readonly endpoint: string;
  readonly now: () => number;
}

/** Decides who may open a connection. What it finds travels with every later event of the connection. */
export function authorize({ lists, endpoint, now }: AuthorizeWith) {
  return async ({ headers, methodArn }: AuthorizerEvent): Promise<AuthorizerAnswer> => {
    const text = offeredTicket(headers ?? {});
    const judgement = text === undefined ? undefined : await judgeTicket(text, lists, endpoint, now());
    if (!judgement?.holds) return answer('Deny', methodArn);
    const { ticket } = judgement;
    if (ticket.kind === 'guest') return answer('Allow', methodArn, { kind: 'guest' });
    return answer('Allow', methodArn, {
      kind: 'device',
      account: ticket.account,
      device: String(ticket.device),
      registration: String(ticket.registration),
      ticket: String(ticket.number),
    });
  };
}

/** The ticket beside our subprotocol; browsers let a page choose no other header. */
function offeredTicket(headers: NonNullable<AuthorizerEvent['headers']>): string | undefined {
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'sec-websocket-protocol');
  const [protocol, ticket, ...more] = (name === undefined ? '' : (headers[name] ?? ''))
    .split(',')
    .map((part) => part.trim());
  return protocol === SUBPROTOCOL && more.length === 0 ? ticket : undefined;
}

/** The principal is a constant: API Gateway writes it where no account belongs. */
function answer(Effect: 'Allow' | 'Deny', methodArn: string, context?: CallerContext): AuthorizerAnswer {
  const policyDocument = {
    Version: '2012-10-17' as const,
    Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: methodArn }],
  };
  return context ? { principalId: 'sotto', policyDocument, context } : { principalId: 'sotto', policyDocument };
}
