import { base64UrlEncode } from '../../shared/protocol/base64url.ts';
import type { RelaySecretRotation } from '../../shared/store/relay-secret-rotation.ts';
import type { RelaySecret } from '../../shared/store/relay-secrets.ts';
import type { RelayService } from '../../shared/store/relay-service.ts';
import { isUsable, type RelayRegistry } from '../../shared/store/relays.ts';

export interface RotateWith {
  readonly secret: RelaySecretRotation;
  readonly registry: Pick<RelayRegistry, 'list'>;
  readonly service: Pick<RelayService, 'replaceAll'>;
  readonly now: () => number;
}

/** A secret is of use for twice as long, because it is the second of two until the next rotation. Milliseconds. */
const ROTATED_AFTER_MS = 30 * 24 * 60 * 60_000;
const SECRET_BYTES = 32;
const ID_BYTES = 4;

/**
 * Rotates the relays' secret when it is a month old: a new one first, the one that was newest second, and then new relays, which know
 * both. Until a relay is replaced its credentials are signed with the secret that it does know, so no caller notices. Runs daily;
 * repeating it is harmless.
 */
export function rotate({ secret, registry, service, now }: RotateWith) {
  return async (): Promise<void> => {
    const version = await secret.read();
    const [newest] = version.secrets;
    if (!newest) throw new Error('there is no secret to rotate');
    const usable = (await registry.list()).filter((record) => isUsable(record, now()));
    // A rotation was cut short. Another one before all relays are new would leave some with no secret that anybody still signs with.
    if (usable.some(({ secrets }) => !secrets.includes(newest.id))) return service.replaceAll();
    if (version.created + ROTATED_AFTER_MS > now()) return;
    // After the secret is there: relays that start fetch what is current.
    if (await secret.replace(version, [newSecret(), newest])) await service.replaceAll();
  };
}

function newSecret(): RelaySecret {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  return { id: Buffer.from(random(ID_BYTES)).toString('hex'), value: base64UrlEncode(random(SECRET_BYTES)) };
}
