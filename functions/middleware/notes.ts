import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';

/** What the middlewares of one invocation tell each other. */
export interface Notes extends Record<string, unknown> {
  startedAt?: number;
  /** The id to answer to; null when the request's could not be read. */
  id?: string | null;
  /** A known action or route, never text that a client chose. */
  action?: string;
  /** Error code of the answer; absent when all went well. */
  code?: string;
}

export type Middleware<Event, Answer = unknown> = MiddlewareObj<Event, Answer, Error, Context, Notes>;
