// Relays and credentials for the calls of this device, asked for once a call and renewed as long as it lasts.

import type { ReplyOf } from '../../shared/protocol/actions.ts';
import { base64UrlDecode } from '../../shared/protocol/base64url.ts';
import type { Platform } from '../transport/platform.ts';
import type { IceServer } from './media.ts';
import { iceServersOf, type RelayRules } from './relays.ts';

/** Credentials hold ten minutes; asking also tells the server that the relay is still in use by this connection. Milliseconds. */
const RENEW_MS = 5 * 60_000;
/** How long a relay that is just being started is waited for: it takes about a minute, and the machine gives up a call without an offer after 90 seconds. Milliseconds. */
const STARTING_MS = 80_000;
const STARTING_STEP_MS = 2_000;

interface Grant {
  readonly servers: readonly IceServer[];
  readonly relays: readonly string[];
}

export interface RelayDeskOptions {
  /** Asks the server (`relay.credentials`). */
  readonly ask: (call: Uint8Array<ArrayBuffer>) => Promise<ReplyOf<'relay.credentials'>>;
  readonly platform: Pick<Platform, 'now' | 'after'>;
  readonly rules: RelayRules;
  readonly onFailure: (error: unknown) => void;
}

export class RelayDesk {
  readonly #options: RelayDeskOptions;
  readonly #grants = new Map<string, Promise<Grant>>();
  readonly #renewals = new Map<string, () => void>();

  constructor(options: RelayDeskOptions) {
    this.#options = options;
  }

  /** Empty where the deployment has no relay. @throws RelayError; ProtocolError; TransportError */
  get(call: string): Promise<readonly IceServer[]> {
    const grant = this.#grants.get(call) ?? this.#ask(call);
    return grant.then(({ servers }) => servers);
  }

  /** New credentials, for an ICE restart. @throws as {@link get} */
  renew(call: string): Promise<readonly IceServer[]> {
    return this.#ask(call).then(({ servers }) => servers);
  }

  /** Whether a call uses this relay now. */
  async uses(call: string, relay: string): Promise<boolean> {
    const grant = await this.#grants.get(call)?.catch(() => undefined);
    return grant?.relays.includes(relay) ?? false;
  }

  /** The call is over. */
  forget(call: string): void {
    this.#renewals.get(call)?.();
    this.#renewals.delete(call);
    this.#grants.delete(call);
  }

  close(): void {
    for (const call of [...this.#grants.keys()]) this.forget(call);
  }

  #ask(call: string): Promise<Grant> {
    const grant = this.#request(call);
    this.#grants.set(call, grant);
    this.#renewLater(call);
    grant.catch(() => {
      if (this.#grants.get(call) === grant) this.#grants.delete(call);
    });
    return grant;
  }

  #renewLater(call: string): void {
    const { platform, onFailure } = this.#options;
    this.#renewals.get(call)?.();
    this.#renewals.set(
      call,
      platform.after(RENEW_MS, () => {
        if (this.#renewals.has(call)) this.#ask(call).catch(onFailure);
      }),
    );
  }

  async #request(call: string): Promise<Grant> {
    const { ask, platform, rules } = this.#options;
    const bytes = base64UrlDecode(call);
    if (!bytes) throw new RangeError('not a call id');
    const patience = platform.now() + STARTING_MS;
    for (;;) {
      const { status, relays, retryAfter } = await ask(bytes);
      if (status === 'starting' && platform.now() < patience) {
        await new Promise<void>((resolve) => void platform.after(retryAfter ?? STARTING_STEP_MS, resolve));
        // Nobody waits for it any more: asking on would start a relay for a call that is over.
        if (!this.#renewals.has(call)) return { servers: [], relays: [] };
        continue;
      }
      return { servers: iceServersOf(relays, rules), relays: relays.map(({ relay }) => relay) };
    }
  }
}
