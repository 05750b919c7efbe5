import { isIPv4 } from 'node:net';
import * as z from 'zod/mini';
import { RELAY_ENVIRONMENT as NAMES } from '../../shared/environment.ts';

const word = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,255}$/));
const count = z.pipe(z.string().check(z.regex(/^[1-9]\d{0,8}$/)), z.transform(Number));
const port = count.check(z.maximum(65_535));
const ranges = z.pipe(
  z.string(),
  z.transform((text) => text.split(',').filter((range) => range !== '')),
);

const variables = z.object({
  [NAMES.stage]: word,
  [NAMES.relays]: z.string().check(z.regex(/^[A-Za-z0-9_.-]{3,255}$/)),
  [NAMES.secret]: z.string().check(z.regex(/^arn:[\w:/+=.@!-]+$/)),
  [NAMES.fleet]: word,
  [NAMES.cluster]: word,
  [NAMES.service]: word,
  [NAMES.drainFunction]: word,
  [NAMES.listenPort]: port,
  [NAMES.minPort]: port,
  [NAMES.maxPort]: port,
  [NAMES.realm]: word,
  [NAMES.userQuota]: count,
  [NAMES.totalQuota]: count,
  [NAMES.maxBps]: count,
  [NAMES.baselineMbit]: count,
  [NAMES.deny]: ranges,
  [NAMES.tlsHost]: z.optional(z.string().check(z.regex(/^(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/))),
  [NAMES.localAddress]: z.optional(z.string().check(z.refine(isIPv4))),
  [NAMES.localName]: z._default(word, 'local'),
  [NAMES.region]: word,
});

type Variables = z.infer<typeof variables>;

/** The environment of the container, by the keys of RELAY_ENVIRONMENT. */
export type Environment = { readonly [Key in keyof typeof NAMES]: Variables[(typeof NAMES)[Key]] };

/** The message names every variable that is missing or malformed, and no value. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/** @throws EnvironmentError */
export function readEnvironment(given: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const wrong = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
    throw new EnvironmentError(`missing or malformed: ${[...wrong].join(', ')}`);
  }
  const { data } = parsed;
  return {
    stage: data[NAMES.stage],
    relays: data[NAMES.relays],
    secret: data[NAMES.secret],
    fleet: data[NAMES.fleet],
    cluster: data[NAMES.cluster],
    service: data[NAMES.service],
    drainFunction: data[NAMES.drainFunction],
    listenPort: data[NAMES.listenPort],
    minPort: data[NAMES.minPort],
    maxPort: data[NAMES.maxPort],
    realm: data[NAMES.realm],
    userQuota: data[NAMES.userQuota],
    totalQuota: data[NAMES.totalQuota],
    maxBps: data[NAMES.maxBps],
    baselineMbit: data[NAMES.baselineMbit],
    deny: data[NAMES.deny],
    tlsHost: data[NAMES.tlsHost],
    localAddress: data[NAMES.localAddress],
    localName: data[NAMES.localName],
    region: data[NAMES.region],
  };
}
