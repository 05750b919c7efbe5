import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { synthesize } from '../support/synthesize.ts';

const TYPE = 'AWS::DynamoDB::GlobalTable';

const table = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })),
  BillingMode: z.string(),
  GlobalSecondaryIndexes: z.optional(z.unknown()),
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.string() })),
  LocalSecondaryIndexes: z.optional(z.unknown()),
  Replicas: z.array(
    z.object({
      Region: z.string(),
      DeletionProtectionEnabled: z.boolean(),
      PointInTimeRecoverySpecification: z.optional(z.object({ PointInTimeRecoveryEnabled: z.boolean() })),
      ContributorInsightsSpecification: z.optional(z.object({ Enabled: z.boolean() })),
    }),
  ),
  SSESpecification: z.object({ SSEEnabled: z.boolean() }),
  StreamSpecification: z.optional(z.unknown()),
  TimeToLiveSpecification: z.optional(z.object({ AttributeName: z.string(), Enabled: z.boolean() })),
});

const tables = synthesize()
  .ofType(TYPE)
  .map(([id, resource]) => ({ id, resource, properties: table.parse(resource.Properties) }));

/** The key as `name:type`, partition first. */
function keyOf({ KeySchema, AttributeDefinitions }: z.infer<typeof table>): string[] {
  return KeySchema.map(({ AttributeName, KeyType }) => {
    const definition = AttributeDefinitions.find((candidate) => candidate.AttributeName === AttributeName);
    return `${KeyType} ${AttributeName}:${definition?.AttributeType}`;
  });
}

describe('the tables', () => {
  it('have the keys of the store', () => {
    expect(Object.fromEntries(tables.map(({ id, properties }) => [id, keyOf(properties)]))).toEqual({
      DeviceListsTable: ['HASH account:S', 'RANGE entry:S'],
      ConnectionsTable: ['HASH account:S', 'RANGE device:N'],
      PreKeysTable: ['HASH device:S', 'RANGE part:S'],
      MailboxTable: ['HASH device:S', 'RANGE message:S'],
      EphemeraTable: ['HASH key:S', 'RANGE part:S'],
      FrankingKeysTable: ['HASH week:N'],
    });
  });

  it('can be restored to an earlier time only where that brings nothing deleted back', () => {
    const restorable = tables.filter(({ properties }) =>
      properties.Replicas.some((replica) => replica.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled),
    );
    expect(restorable.map(({ id }) => id)).toEqual(['DeviceListsTable']);
  });

  it('expire items by the attribute `expires` or not at all', () => {
    const expiring = tables.filter(({ properties }) => properties.TimeToLiveSpecification !== undefined);
    expect(expiring.map(({ id }) => id)).toEqual(['MailboxTable', 'EphemeraTable', 'FrankingKeysTable']);
    for (const { properties } of expiring) {
      expect(properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expires', Enabled: true });
    }
  });

  describe.each(tables)('$id', ({ resource, properties }) => {
    it('outlives the stack and refuses to be deleted', () => {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(properties.Replicas.map((replica) => replica.DeletionProtectionEnabled)).toEqual([true]);
    });

    it('is encrypted with a key of DynamoDB', () => {
      // DynamoDB encrypts every table. False means with its own key, at no cost per request; true would name a KMS key.
      expect(properties.SSESpecification).toEqual({ SSEEnabled: false });
    });

    it('is in one Region, paid by request, and copies its items nowhere', () => {
      expect(properties.Replicas.map((replica) => replica.Region)).toEqual(['eu-central-1']);
      expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
      expect(properties.StreamSpecification).toBeUndefined();
      expect(properties.GlobalSecondaryIndexes).toBeUndefined();
      expect(properties.LocalSecondaryIndexes).toBeUndefined();
    });

    it('does not publish which keys are used most', () => {
      expect(properties.Replicas.some((replica) => replica.ContributorInsightsSpecification?.Enabled)).toBe(false);
    });
  });
});

it('a stage without retained data can be destroyed completely', () => {
  const { resources } = synthesize({ retainData: false });
  const kept = Object.entries(resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain');
  expect(kept.map(([id]) => id)).toEqual([]);
});
