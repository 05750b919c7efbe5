import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { LIMITS } from './limits.ts';

export interface DrainNotice {
  /** Has everybody who was given this relay told that it ends. Resolves when Lambda has taken that on. */
  send(relay: string): Promise<void>;
}

export function drainNotice(functionName: string, client: LambdaClient = new LambdaClient(LIMITS)): DrainNotice {
  return {
    async send(relay) {
      await client.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: JSON.stringify({ relay }) }),
      );
    },
  };
}
