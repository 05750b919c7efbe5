import { domainNameOf } from './gateway/events.ts';
import { Refusal } from './refusal.ts';
import type { Api } from './template/api.ts';

/** The two addresses under which the API of the template is known, here. */
export interface ApiAddresses {
  /** Where clients connect. */
  webSocket: string;
  /** Where functions push. */
  management: string;
}

/**
 * Replaces the API's addresses, as the template spells them, by the local ones.
 * @throws Refusal on another value that leads to the API's domain: it would leave this machine
 */
export function addressRewriter(api: Api, local: ApiAddresses): (value: string) => string {
  const remote = `${domainNameOf(api)}/${api.stage}`;
  const known = new Map([
    [`wss://${remote}`, local.webSocket],
    [`https://${remote}`, local.management],
  ]);
  return (value) => {
    const rewritten = known.get(value);
    if (rewritten !== undefined) return rewritten;
    if (!value.includes(domainNameOf(api))) return value;
    throw new Refusal(
      `An environment variable has the value ${value}, an address of the API that the local cloud cannot replace.`,
    );
  };
}
