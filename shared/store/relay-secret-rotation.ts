import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type RelaySecret, readRelaySecrets } from './relay-secrets.ts';

/** What Secrets Manager has at one time. */
export interface SecretVersion {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** One or two, the newest first. */
  readonly secrets: readonly RelaySecret[];
}

/** The relays' secret for whoever rotates it; others read it through RelaySecrets. */
export interface RelaySecretRotation {
  read(): Promise<SecretVersion>;
  /** Puts these secrets in the place of a version. False when somebody else has replaced it already. */
  replace(previous: SecretVersion, secrets: readonly RelaySecret[]): Promise<boolean>;
}

export function relaySecretRotation(manager: SecretsManagerClient, secretArn: string): RelaySecretRotation {
  return {
    async read() {
      const answer = await manager.send(new GetSecretValueCommand({ SecretId: secretArn }));
      if (answer.VersionId === undefined || !answer.CreatedDate) throw new Error('a secret without a version');
      return {
        id: answer.VersionId,
        created: answer.CreatedDate.getTime(),
        secrets: readRelaySecrets(answer.SecretString),
      };
    },

    async replace(previous, secrets) {
      try {
        await manager.send(
          new PutSecretValueCommand({
            SecretId: secretArn,
            // Closes: two rotations at once, of which the second would replace a secret that relays have just begun to use. The token
            // follows from the version that is replaced, and Secrets Manager takes a token with one value only.
            ClientRequestToken: createHash('sha256').update(previous.id).digest('hex'),
            SecretString: JSON.stringify({ secrets }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ResourceExistsException) return false;
        throw error;
      }
    },
  };
}
