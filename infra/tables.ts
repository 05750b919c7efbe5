import { CfnElement, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, TableEncryptionV2, type TablePropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig } from './config.ts';

export const TABLE_NAMES = [
  'DeviceLists',
  'Connections',
  'PreKeys',
  'Mailbox',
  'Ephemera',
  'FrankingKeys',
  'Relays',
] as const;

export type TableName = (typeof TABLE_NAMES)[number];

type TableShape = Pick<
  TablePropsV2,
  'partitionKey' | 'sortKey' | 'timeToLiveAttribute' | 'pointInTimeRecoverySpecification'
>;

const text = (name: string) => ({ name, type: AttributeType.STRING });
const number = (name: string) => ({ name, type: AttributeType.NUMBER });

/** Epoch seconds. DynamoDB deletes days late: it saves storage, and no reader may rely on it. */
const timeToLiveAttribute = 'expires';

/**
 * Only device lists can be restored to an earlier second. A restored prekey would be handed out twice, a restored
 * mailbox would hold what was deleted, and a restored connection would tell who was where.
 */
const SHAPES: Readonly<Record<TableName, TableShape>> = {
  DeviceLists: {
    partitionKey: text('account'),
    sortKey: text('entry'),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  },
  Connections: { partitionKey: text('account'), sortKey: number('device') },
  PreKeys: { partitionKey: text('device'), sortKey: text('part') },
  Mailbox: { partitionKey: text('device'), sortKey: text('message'), timeToLiveAttribute },
  Ephemera: { partitionKey: text('key'), sortKey: text('part'), timeToLiveAttribute },
  FrankingKeys: { partitionKey: number('week'), timeToLiveAttribute },
  Relays: { partitionKey: text('fleet'), sortKey: text('relay'), timeToLiveAttribute },
};

/** The tables. Separate, because what is kept, who may touch it and what may be restored differ. */
export class Tables extends Construct {
  readonly #tables = new Map<TableName, TableV2>();

  constructor(scope: Construct, id: string, { retainData, relay }: Pick<StageConfig, 'retainData' | 'relay'>) {
    super(scope, id);
    for (const name of TABLE_NAMES) {
      // Relays announce themselves there, and only those of the fleet do.
      if (name === 'Relays' && relay.provider !== 'fleet') continue;
      const table = new TableV2(this, name, {
        ...SHAPES[name],
        encryption: TableEncryptionV2.dynamoOwnedKey(),
        deletionProtection: retainData,
        removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      });
      pinLogicalId(table, `${name}Table`);
      this.#tables.set(name, table);
    }
  }

  get(name: TableName): TableV2 {
    const found = this.#tables.get(name);
    if (found === undefined) throw new Error(`No table ${name}`);
    return found;
  }
}

/** A changed logical id means a new, empty table: with a pinned one, moving a construct changes nothing. */
function pinLogicalId(construct: Construct, logicalId: string): void {
  const resource = construct.node.defaultChild;
  if (!(resource instanceof CfnElement)) throw new Error(`${construct.node.path} has no resource to name`);
  resource.overrideLogicalId(logicalId);
}
