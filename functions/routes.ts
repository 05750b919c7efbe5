import type { ActionName, ReplyOf, RequestOf } from '../shared/protocol/actions.ts';
import { ProtocolError } from '../shared/protocol/errors.ts';
import { encodeReply } from '../shared/protocol/frames.ts';
import type { Caller, DeviceCaller, GuestCaller } from './caller.ts';

export type AnyRequest = { [Name in ActionName]: RequestOf<Name> }[ActionName];

/** One action: answers a request that fits its schema. @throws ProtocolError, and whatever its stores throw */
export type Action<Name extends ActionName, From extends Caller> = (
  request: RequestOf<Name>,
  caller: From,
) => Promise<ReplyOf<Name>>;

/** An action with its name and with who may do it. */
export interface Route {
  readonly name: ActionName;
  /** The text of the reply. @throws ProtocolError `not-allowed` for a caller of the wrong kind */
  answer(request: AnyRequest, caller: Caller): Promise<string>;
}

export function forDevices<Name extends ActionName>(name: Name, action: Action<Name, DeviceCaller>): Route {
  return route(name, action, (caller) => caller.kind === 'device');
}

export function forGuests<Name extends ActionName>(name: Name, action: Action<Name, GuestCaller>): Route {
  return route(name, action, (caller) => caller.kind === 'guest');
}

export function forAnyone<Name extends ActionName>(name: Name, action: Action<Name, Caller>): Route {
  return route(name, action, (_caller): _caller is Caller => true);
}

function route<Name extends ActionName, From extends Caller>(
  name: Name,
  action: Action<Name, From>,
  isAllowed: (caller: Caller) => caller is From,
): Route {
  return {
    name,
    async answer(request, caller) {
      if (!isFor(name, request)) throw new ProtocolError('unknown-action');
      if (!isAllowed(caller)) throw new ProtocolError('not-allowed');
      return encodeReply(name, request.id, await action(request, caller));
    },
  };
}

function isFor<Name extends ActionName>(name: Name, request: AnyRequest): request is AnyRequest & RequestOf<Name> {
  return request.action === name;
}
