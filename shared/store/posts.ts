import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { isTransient } from './retry.ts';

/** `gone`: there is no such connection (yet). `failed`: the gateway did not take it in time; it may have arrived. */
export type PostOutcome = 'posted' | 'gone' | 'failed';

/** The gateway's way to connections. Nothing here is durable. */
export interface Posts {
  /** Sends a frame of at most 32,000 bytes. It may arrive twice. @throws for what repeating does not mend, such as a missing right */
  post(connection: string, frame: string): Promise<PostOutcome>;
  /** Closes a connection; one that is gone is closed. */
  end(connection: string): Promise<PostOutcome>;
}

export function posts(gateway: ApiGatewayManagementApiClient): Posts {
  const outcomeOf = async (request: Promise<unknown>): Promise<PostOutcome> => {
    try {
      await request;
      return 'posted';
    } catch (error) {
      if (isGone(error)) return 'gone';
      if (isTransient(error)) return 'failed';
      throw error;
    }
  };

  return {
    post(connection, frame) {
      return outcomeOf(
        gateway.send(new PostToConnectionCommand({ ConnectionId: connection, Data: Buffer.from(frame) })),
      );
    },
    end(connection) {
      return outcomeOf(gateway.send(new DeleteConnectionCommand({ ConnectionId: connection })));
    },
  };
}

/** The name is missing when a proxy answered; the status is always there. */
function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'GoneException') return true;
  return (
    '$metadata' in error &&
    typeof error.$metadata === 'object' &&
    error.$metadata !== null &&
    'httpStatusCode' in error.$metadata &&
    error.$metadata.httpStatusCode === 410
  );
}
