import * as z from 'zod/mini';
import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { RelaySecretVersions } from '../../shared/store/relay-secret-versions.ts';
import type { RelaySecret } from '../../shared/store/relay-secrets.ts';
import type { RelayService } from '../../shared/store/relay-service.ts';
import { isUsable, type RelayRegistry } from '../../shared/store/relays.ts';

export interface RotateWith {
  readonly versions: RelaySecretVersions;
  readonly registry: Pick<RelayRegistry, 'list'>;
  readonly service: Pick<RelayService, 'replaceAll'>;
  readonly secretArn: string;
  readonly now: () => number;
}

/** How Secrets Manager carries a rotation out: each step may be repeated. The token is the id of the version to be made. */
const invocation = z.object({
  Step: z.enum(['createSecret', 'setSecret', 'testSecret', 'finishSecret']),
  SecretId: z.string(),
  ClientRequestToken: z.string().check(z.minLength(32), z.maxLength(64)),
});

const SECRET_BYTES = 32;
const ID_BYTES = 4;

/**
 * Rotates the relays' secret: a new one first, the one that was newest second. Relays know both after they were replaced; until then
 * credentials are signed with the one that a relay does know, so no caller notices.
 */
export function rotate({ versions, registry, service, secretArn, now }: RotateWith) {
  const steps: Record<z.output<typeof invocation>['Step'], (version: string) => Promise<void>> = {
    async createSecret(version) {
      if (await versions.pending(version)) return;
      const [newest] = await versions.current();
      if (!newest) throw new Error('there is no secret to rotate');
      const running = (await registry.list()).filter((record) => isUsable(record, now()));
      // Two rotations without a replacement in between would leave a relay with no secret that anybody still signs with.
      if (running.some(({ secrets }) => !secrets.includes(newest.id))) {
        throw new Error('a relay does not know the newest secret yet');
      }
      await versions.put(version, [newSecret(), newest]);
    },

    // Relays fetch their secret themselves: there is no system to set it in.
    async setSecret() {},

    async testSecret(version) {
      const [[newest], pending] = [await versions.current(), await versions.pending(version)];
      if (pending?.length !== 2 || pending[1]?.id !== newest?.id) throw new Error('the new secret is not of its form');
    },

    async finishSecret(version) {
      await versions.promote(version);
      // After it is current: relays that start fetch what is current.
      await service.replaceAll();
    },
  };

  return async (event: unknown): Promise<void> => {
    const { Step, SecretId, ClientRequestToken } = z.parse(invocation, event);
    if (SecretId !== secretArn) throw new Error('asked to rotate a secret that is not of the relays');
    await steps[Step](ClientRequestToken);
  };
}

function newSecret(): RelaySecret {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  return { id: Buffer.from(random(ID_BYTES)).toString('hex'), value: base64UrlEncode(random(SECRET_BYTES)) };
}
