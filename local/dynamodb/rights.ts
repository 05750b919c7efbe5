/** One right that a request needs: an action on a table, or on an index of it. */
export interface Right {
  action: string;
  table: string;
  index?: string;
}

type Request = Readonly<Record<string, unknown>>;

/** Operations on one table, whose right is their own name. */
const SINGLE: ReadonlySet<string> = new Set([
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'Scan',
  'DescribeTable',
]);

/** Actions that the members of a transaction stand for. */
const TRANSACTION: Readonly<Record<string, string>> = {
  Put: 'dynamodb:PutItem',
  Update: 'dynamodb:UpdateItem',
  Delete: 'dynamodb:DeleteItem',
  ConditionCheck: 'dynamodb:ConditionCheckItem',
  Get: 'dynamodb:GetItem',
};

/**
 * The rights that a request needs, as the service authorization reference has them. Transactions need the rights of their members; batches are actions
 * of their own. Undefined: an operation that the local cloud does not serve.
 */
export function rightsOf(operation: string, request: Request): Right[] | undefined {
  if (SINGLE.has(operation)) {
    const index = request.IndexName;
    return [
      {
        action: `dynamodb:${operation}`,
        table: String(request.TableName),
        ...(typeof index === 'string' ? { index } : {}),
      },
    ];
  }
  if (operation === 'BatchGetItem' || operation === 'BatchWriteItem') {
    return Object.keys(objectOf(request.RequestItems)).map((table) => ({ action: `dynamodb:${operation}`, table }));
  }
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    const members = Array.isArray(request.TransactItems) ? request.TransactItems : [];
    return members.flatMap((member) =>
      Object.entries(objectOf(member)).map(([kind, item]) => ({
        action: TRANSACTION[kind] ?? `dynamodb:${kind}`,
        table: String(objectOf(item).TableName),
      })),
    );
  }
  return undefined;
}

function objectOf(value: unknown): Request {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
