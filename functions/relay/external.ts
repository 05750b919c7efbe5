import type { RelayEndpoint } from '../../shared/protocol/relay.ts';
import type { RelaySecrets } from '../../shared/store/relay-secrets.ts';
import { turnCredentials } from '../../shared/store/turn-credentials.ts';
import type { RelaySource } from './credentials.ts';

export interface ExternalWith {
  readonly endpoints: readonly RelayEndpoint[];
  readonly secrets: RelaySecrets;
  readonly now: () => number;
}

/**
 * The operator's own TURN service. It is one relay that is always there: nothing is chosen, and nobody is told of its end. It must take
 * credentials by every secret in Secrets Manager before that is put first.
 */
export function externalRelay({ endpoints, secrets, now }: ExternalWith): RelaySource {
  return async () => {
    const [newest] = await secrets.list();
    if (!newest) throw new Error('there is no relay secret');
    const relay = { relay: 'external', endpoints: [...endpoints], ...turnCredentials(newest.value, now()) };
    return { status: 'ready', relays: [relay] };
  };
}
