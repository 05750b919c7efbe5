import { Refusal } from '../refusal.ts';

/**
 * Looks whether a DynamoDB answers at an address that somebody gave.
 * @throws Refusal when it does not, or when the address is not one for a database on this machine or its network
 */
export async function checkDatabase(endpoint: string): Promise<void> {
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'http:') {
    throw new Refusal(`SOTTO_DYNAMODB_ENDPOINT is ${endpoint}, and has to be an address like http://localhost:8000.`);
  }
  try {
    // Whatever it says to a request without an operation, it is there.
    await fetch(endpoint, { method: 'POST', signal: AbortSignal.timeout(5000) });
  } catch {
    throw new Refusal(
      `No database answers at ${endpoint}: start it first, or leave SOTTO_DYNAMODB_ENDPOINT out to use the embedded one.`,
    );
  }
}
