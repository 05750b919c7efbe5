import { B, BOOL, bytes, flag, type Item, L, list, M, map, N, number, text } from './items.ts';

/** A device as the head names it. */
export interface HeadDevice {
  readonly id: number;
  readonly registration: number;
  /** Sequence of the list that brought it in. */
  readonly added: number;
  /** 05 and 32 bytes. */
  readonly identityKey: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly connectKey: Uint8Array;
  readonly newConversations: boolean;
}

/** What the server needs of the current list on every request, so that nothing has to be parsed or verified again. */
export interface Head {
  readonly account: string;
  readonly sequence: number;
  readonly generation: number;
  readonly hash: Uint8Array;
  readonly accountKey: Uint8Array;
  readonly recoveryHash: Uint8Array;
  /** Of the list, by its signer's clock. */
  readonly time: number;
  /** Of the account, by the server's clock. */
  readonly created: number;
  readonly devices: readonly HeadDevice[];
  /** SHA-256 of each contact token. */
  readonly tokens: readonly Uint8Array[];
  /** For the current list; absent until the key holder has made one. */
  readonly fresh?: { readonly time: number; readonly signature: Uint8Array };
}

export const HEAD = 'head';

/** Attributes that a new list replaces. Tokens, freshness and the creation time are not among them. */
export type HeadOfList = Pick<
  Head,
  'sequence' | 'generation' | 'hash' | 'accountKey' | 'recoveryHash' | 'time' | 'devices'
>;

export function headAttributes(head: HeadOfList): Item {
  return {
    sequence: N(head.sequence),
    generation: N(head.generation),
    hash: B(head.hash),
    accountKey: B(head.accountKey),
    recoveryHash: B(head.recoveryHash),
    time: N(head.time),
    devices: L(head.devices.map((device) => M(deviceAttributes(device)))),
  };
}

/** @throws MalformedItemError */
export function readHead(item: Item): Head {
  const fresh = item.fresh === undefined ? undefined : map(item.fresh);
  return {
    account: text(item, 'account'),
    sequence: number(item, 'sequence'),
    generation: number(item, 'generation'),
    hash: bytes(item, 'hash'),
    accountKey: bytes(item, 'accountKey'),
    recoveryHash: bytes(item, 'recoveryHash'),
    time: number(item, 'time'),
    created: number(item, 'created'),
    devices: list(item, 'devices').map((device) => readDevice(map(device))),
    tokens: list(item, 'tokens').map((token) => bytes({ token }, 'token')),
    ...(fresh === undefined ? {} : { fresh: { time: number(fresh, 'time'), signature: bytes(fresh, 'signature') } }),
  };
}

function deviceAttributes(device: HeadDevice): Item {
  return {
    id: N(device.id),
    registration: N(device.registration),
    added: N(device.added),
    identityKey: B(device.identityKey),
    connectKey: B(device.connectKey),
    newConversations: BOOL(device.newConversations),
  };
}

function readDevice(item: Item): HeadDevice {
  return {
    id: number(item, 'id'),
    registration: number(item, 'registration'),
    added: number(item, 'added'),
    identityKey: bytes(item, 'identityKey'),
    connectKey: bytes(item, 'connectKey'),
    newConversations: flag(item, 'newConversations'),
  };
}
