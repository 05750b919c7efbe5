import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { type RelaySecret, readRelaySecrets } from './relay-secrets.ts';

/** The versions of the relays' secret, as Secrets Manager has them rotated: one is current, one may be pending. */
export interface RelaySecretVersions {
  /** What relays that start now fetch. */
  current(): Promise<readonly RelaySecret[]>;
  /** A version that was put for a rotation; undefined when none was. */
  pending(version: string): Promise<readonly RelaySecret[] | undefined>;
  /** Puts the version of a rotation. Does nothing when it is there, whatever is in it. */
  put(version: string, secrets: readonly RelaySecret[]): Promise<void>;
  /** Makes a version the current one. Does nothing when it is. */
  promote(version: string): Promise<void>;
}

export function relaySecretVersions(manager: SecretsManagerClient, secretArn: string): RelaySecretVersions {
  const SecretId = secretArn;
  return {
    async current() {
      const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId }));
      return readRelaySecrets(SecretString);
    },

    async pending(version) {
      try {
        const { SecretString } = await manager.send(
          new GetSecretValueCommand({ SecretId, VersionId: version, VersionStage: 'AWSPENDING' }),
        );
        return readRelaySecrets(SecretString);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },

    async put(version, secrets) {
      try {
        await manager.send(
          new PutSecretValueCommand({
            SecretId,
            // Closes: one rotation carried out twice at once, of which one would replace the secret that the other has made.
            ClientRequestToken: version,
            VersionStages: ['AWSPENDING'],
            SecretString: JSON.stringify({ secrets }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
      }
    },

    async promote(version) {
      const { VersionIdsToStages = {} } = await manager.send(new DescribeSecretCommand({ SecretId }));
      const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'));
      if (current === version) return;
      await manager.send(
        new UpdateSecretVersionStageCommand({
          SecretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: version,
          // Closes: a late repetition of an older rotation taking the place of a newer one. Secrets Manager refuses when this is not current.
          ...(current === undefined ? {} : { RemoveFromVersionId: current }),
        }),
      );
    },
  };
}
