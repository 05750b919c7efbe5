import { describe, expect, it } from 'vitest';
import { authorize } from '../../../functions/authorizer/authorize.ts';
import { headAttributes, readHead } from '../../../shared/store/device-list-head.ts';
import { signDeviceTicket, signGuestTicket } from '../../../shared/trust/ticket.ts';
import { seededBytes, TestAccount } from '../../support/identities.ts';

const NOW = 1_800_000_000_000;
const ENDPOINT = 'wss://test.example/dev';
const METHOD = 'arn:aws:execute-api:eu-central-1:0:api/dev/$connect';

const bob = new TestAccount('bob');
const head = readHead({
  ...headAttributes({ ...bob.content, hash: bob.hash }),
  account: { S: bob.account },
  created: { N: '1' },
  tokens: { L: [] },
});
const decide = authorize({
  lists: { head: async (account) => (account === bob.account ? head : undefined) },
  endpoint: ENDPOINT,
  now: () => NOW,
});
const ticket = bob.ticket(1, ENDPOINT, NOW, 5);

const decision = async (headers: Record<string, string> | null) => {
  const { policyDocument, context } = await decide({ methodArn: METHOD, headers });
  return { effect: policyDocument.Statement[0]?.Effect, resource: policyDocument.Statement[0]?.Resource, context };
};
const allowed = {
  effect: 'Allow',
  resource: METHOD,
  context: {
    kind: 'device',
    account: bob.account,
    device: '1',
    registration: String(bob.device(1).registration),
    ticket: '5',
  },
};
const denied = { effect: 'Deny', resource: METHOD, context: undefined };

describe('the header', () => {
  it.each([
    ['Sec-WebSocket-Protocol', `sotto.v1, ${ticket}`],
    ['sec-websocket-protocol', `sotto.v1,${ticket}`],
    ['SEC-WEBSOCKET-PROTOCOL', ` sotto.v1 , ${ticket} `],
  ])('%s: "%s" is read', async (name, value) => {
    expect(await decision({ [name]: value })).toEqual(allowed);
  });

  it.each([
    ['nothing', null],
    ['another header', { Authorization: ticket }],
    ['the ticket alone', { 'Sec-WebSocket-Protocol': ticket }],
    ['the ticket first', { 'Sec-WebSocket-Protocol': `${ticket}, sotto.v1` }],
    ['no ticket', { 'Sec-WebSocket-Protocol': 'sotto.v1' }],
    ['another protocol', { 'Sec-WebSocket-Protocol': `sotto.v2, ${ticket}` }],
    ['more than two', { 'Sec-WebSocket-Protocol': `sotto.v1, ${ticket}, x` }],
  ])('%s is refused', async (_name, headers) => {
    expect(await decision(headers)).toEqual(denied);
  });
});

it('a guest gets a guest’s context', async () => {
  const guest = signGuestTicket(seededBytes('guest'), ENDPOINT, NOW);
  const answer = await decision({ 'Sec-WebSocket-Protocol': `sotto.v1, ${guest}` });
  expect(answer).toEqual({ effect: 'Allow', resource: METHOD, context: { kind: 'guest' } });
});

it('a ticket for another registration is refused although the device signed it', async () => {
  const { registration, connectSecret } = bob.keys(1);
  const other = { account: bob.account, device: 1, registration: registration + 1, time: NOW, number: 5 };
  const signed = signDeviceTicket(other, ENDPOINT, connectSecret);
  expect(await decision({ 'Sec-WebSocket-Protocol': `sotto.v1, ${signed}` })).toEqual(denied);
});

it('any changed character of a ticket is refused', async () => {
  for (let i = 0; i < ticket.length; i += 7) {
    const other = ticket[i] === 'A' ? 'B' : 'A';
    const changed = ticket.slice(0, i) + other + ticket.slice(i + 1);
    expect(await decision({ 'Sec-WebSocket-Protocol': `sotto.v1, ${changed}` }), changed).toEqual(denied);
  }
});
