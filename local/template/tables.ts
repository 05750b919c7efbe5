import * as z from 'zod/mini';
import { ignored, type Stack } from './stack.ts';

const KeySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const TableProperties = z.strictObject({
  TableName: z.optional(z.string()),
  KeySchema,
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  TimeToLiveSpecification: z.optional(z.strictObject({ AttributeName: z.string(), Enabled: z.boolean() })),
  Replicas: z
    .array(
      z.strictObject({
        Region: z.string(),
        // Backups, protection from deletion, encryption at rest, metrics and labels change no answer of the table.
        PointInTimeRecoverySpecification: ignored,
        DeletionProtectionEnabled: ignored,
        SSESpecification: ignored,
        ContributorInsightsSpecification: ignored,
        TableClass: ignored,
        Tags: ignored,
      }),
    )
    .check(z.maxLength(1)),
  SSESpecification: ignored,
  WarmThroughput: ignored,
});

/** A table of the template. */
export interface TableSpec {
  logicalId: string;
  name: string;
  arn: string;
  keySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  attributes: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
  /** Attribute with the time (epoch seconds) after which an item may be deleted. */
  expiryAttribute?: string;
}

export function readTables(stack: Stack): TableSpec[] {
  return stack.resources('AWS::DynamoDB::GlobalTable', TableProperties).map(({ logicalId, identity, properties }) => {
    const expiry = properties.TimeToLiveSpecification;
    return {
      logicalId,
      name: identity.id,
      arn: identity.arn,
      keySchema: properties.KeySchema,
      attributes: properties.AttributeDefinitions,
      ...(expiry?.Enabled ? { expiryAttribute: expiry.AttributeName } : {}),
    };
  });
}
