import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';

/** Tickets of the fixture are words: `allow.<name>`, `deny`, `unauthorized`, `crash`, `odd`; anything else is denied by an empty policy. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const offered = event.headers?.['Sec-WebSocket-Protocol'] ?? '';
  const ticket = offered.split(',').at(-1)?.trim() ?? '';
  if (ticket === 'crash') throw new Error('boom');
  if (ticket === 'unauthorized') throw new Error('Unauthorized');
  if (ticket === 'odd') return { hello: 'there' };
  const allowed = ticket.startsWith('allow.');
  const statement = { Action: 'execute-api:Invoke', Effect: allowed ? 'Allow' : 'Deny', Resource: event.methodArn };
  return {
    principalId: 'fixture',
    policyDocument: { Version: '2012-10-17', Statement: allowed || ticket === 'deny' ? [statement] : [] },
    context: { name: ticket.slice('allow.'.length), number: 7 },
  };
}
