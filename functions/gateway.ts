// What API Gateway hands over and takes back, as far as the handlers use it.

import type { Caller } from './caller.ts';
import type { AnyRequest } from './routes.ts';

/** An event of the WebSocket API. What a client can put into it is checked by the middlewares. */
export interface GatewayEvent {
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    /** Milliseconds since 1970. */
    readonly connectedAt: number;
    /** What the authorizer found; API Gateway makes every value a text. */
    readonly authorizer?: Readonly<Record<string, unknown>>;
  };
  readonly body?: string;
}

export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The frame that the route response sends back. */
  readonly body?: string;
}

/** A frame on its way through the middlewares, which find these two out. */
export interface FrameEvent extends GatewayEvent {
  readonly request?: AnyRequest;
  readonly caller?: Caller;
}
