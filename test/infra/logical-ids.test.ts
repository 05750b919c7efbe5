import { expect, it } from 'vitest';
import { synthesize } from '../support/synthesize.ts';

/**
 * What a deployed stage cannot lose: CloudFormation replaces a resource whose logical id changes by a new, empty one.
 * An id may be added here, never changed.
 */
const PINNED = {
  DeviceListsTable: 'AWS::DynamoDB::GlobalTable',
  ConnectionsTable: 'AWS::DynamoDB::GlobalTable',
  PreKeysTable: 'AWS::DynamoDB::GlobalTable',
  MailboxTable: 'AWS::DynamoDB::GlobalTable',
  EphemeraTable: 'AWS::DynamoDB::GlobalTable',
  FrankingKeysTable: 'AWS::DynamoDB::GlobalTable',
  // Its id is in the address that clients have and sign.
  WebSocketApi: 'AWS::ApiGatewayV2::Api',
};

const KEPT_BUT_REPLACEABLE = new Set(['AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::ApiGateway::Account']);

it('every resource that holds data or an address keeps its logical id', () => {
  const { resources } = synthesize({ accessLog: true });
  const stateful = Object.entries(resources).filter(
    ([, { Type, DeletionPolicy }]) =>
      Type === 'AWS::ApiGatewayV2::Api' || (DeletionPolicy === 'Retain' && !KEPT_BUT_REPLACEABLE.has(Type)),
  );
  expect(Object.fromEntries(stateful.map(([id, { Type }]) => [id, Type]))).toEqual(PINNED);
});
