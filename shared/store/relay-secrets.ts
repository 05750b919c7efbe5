import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';

/** A secret that a relay and this server share, to make and check credentials with. */
export interface RelaySecret {
  readonly id: string;
  /** The key of the HMAC is this text, as it stands. */
  readonly value: string;
}

export interface RelaySecrets {
  /** One or two, the newest first. Read again after five minutes. */
  list(): Promise<readonly RelaySecret[]>;
}

/** How long a Lambda environment keeps what it has read, milliseconds. A secret stays valid for longer after its successor is there. */
const CACHED_MS = 5 * 60_000;

const secret = z.object({
  id: z.string().check(z.regex(/^[0-9a-f]{8}$/)),
  value: z.string().check(z.regex(/^[A-Za-z0-9_-]{32,128}$/)),
});
/** A template can make a random value only inside a flat object: that is the form of a secret which nobody has rotated yet. */
const secretText = z.union([z.object({ secrets: z.array(secret).check(z.minLength(1), z.maxLength(2)) }), secret]);

/**
 * The secrets in the text that Secrets Manager keeps, newest first.
 *
 * @throws Error that says nothing of the text when it is not of this form
 */
export function readRelaySecrets(text: string | undefined): readonly RelaySecret[] {
  const found = z.safeParse(secretText, parse(text));
  if (!found.success) throw new Error('the relay secret is not of its form');
  return 'secrets' in found.data ? found.data.secrets : [found.data];
}

export function relaySecrets(manager: SecretsManagerClient, secretArn: string, now: () => number): RelaySecrets {
  let cached: { readonly until: number; readonly secrets: readonly RelaySecret[] } | undefined;
  return {
    async list() {
      if (cached && now() < cached.until) return cached.secrets;
      const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId: secretArn }));
      const secrets = readRelaySecrets(SecretString);
      cached = { until: now() + CACHED_MS, secrets };
      return secrets;
    },
  };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
