import type { DynamoDbFault } from '../faults/hooks.ts';

/** An answer of DynamoDB that is an exception. */
export interface Exception {
  status: number;
  name: string;
  message: string;
  /** Further members of the answer. */
  detail?: Record<string, unknown>;
}

/** The exception by which DynamoDB tells of a fault; undefined for those that come without an answer. */
export function exceptionOf(fault: DynamoDbFault, operation: string, members: number): Exception | undefined {
  switch (fault.kind) {
    case 'throttled':
      return {
        status: 400,
        name: 'ThrottlingException',
        message: 'Throughput exceeds the current capacity of your table or index.',
      };
    case 'server error':
      return {
        status: 500,
        name: 'InternalServerError',
        message: 'The request processing has failed because of an unknown error.',
      };
    case 'transaction conflict':
      return conflict(operation, members);
    default:
      return undefined;
  }
}

function conflict(operation: string, members: number): Exception {
  const message = 'Transaction is ongoing for the item';
  if (!operation.startsWith('Transact')) return { status: 400, name: 'TransactionConflictException', message };
  // One member has met another transaction; which of them it was changes nothing for the caller.
  const reasons = Array.from({ length: members }, (_, index) =>
    index === 0 ? { Code: 'TransactionConflict', Message: message } : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return {
    status: 400,
    name: 'TransactionCanceledException',
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    detail: { CancellationReasons: reasons },
  };
}
