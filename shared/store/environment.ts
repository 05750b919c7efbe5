import * as z from 'zod/mini';
import { ENVIRONMENT } from '../environment.ts';
import { RELAY_ENDPOINTS } from '../protocol/limits.ts';
import { type RelayEndpoint, relayEndpoint } from '../protocol/relay.ts';
import { ADMISSIONS, type Admission } from '../protocol/session.ts';

type Name = keyof typeof ENVIRONMENT;
type Variables = Readonly<Record<string, string | undefined>>;

const isTable = (value: string) => /^[A-Za-z0-9_.-]{3,255}$/.test(value);
const isResourceName = (value: string) => /^[A-Za-z0-9_-]{1,255}$/.test(value);
const isHttp = (value: string) => hasScheme(value, ['https:', 'http:']);

/** Where the relays of a deployment come from. */
export const RELAY_PROVIDERS = ['none', 'external', 'fleet'] as const;
export type RelayProvider = (typeof RELAY_PROVIDERS)[number];

const endpoints = z.array(relayEndpoint).check(z.minLength(1), z.maxLength(RELAY_ENDPOINTS));

/** What a value must look like. Plain http and ws exist on one machine only; the template never writes them. */
const RULES: Readonly<Record<Name, (value: string) => boolean>> = {
  stage: (value) => /^[A-Za-z0-9-]{1,64}$/.test(value),
  endpoint: (value) => hasScheme(value, ['wss:', 'ws:']),
  callbackUrl: isHttp,
  admission: isAdmission,
  jwtIssuer: (value) => value.length > 0,
  jwtAudience: (value) => value.length > 0,
  jwksUrl: isHttp,
  deviceLists: isTable,
  connections: isTable,
  preKeys: isTable,
  mailbox: isTable,
  ephemera: isTable,
  frankingKeys: isTable,
  relays: isTable,
  relayProvider: isRelayProvider,
  relayEndpoints: (value) => endpointsIn(value) !== undefined,
  relaySecretArn: (value) =>
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]{1,519}$/.test(value),
  relayCluster: isResourceName,
  relayService: isResourceName,
  relayMinimum: (value) => /^[0-2]$/.test(value),
};

/**
 * The named variables of this function, each checked. Called once, at INIT: a function that is configured wrongly must not start.
 *
 * @throws Error that names every variable which is missing or malformed, never its value
 */
export function readEnvironment<const Needed extends Name>(
  needed: readonly Needed[],
  variables: Variables = process.env,
): Readonly<Record<Needed, string>> {
  const found = needed.map((name) => [name, variables[ENVIRONMENT[name]] ?? ''] as const);
  const wrong = found.filter(([name, value]) => !RULES[name](value)).map(([name]) => ENVIRONMENT[name]);
  if (wrong.length > 0) throw new Error(`environment: missing or malformed: ${wrong.join(', ')}`);
  return Object.fromEntries(found) as Record<Needed, string>;
}

/** Who may create an account. */
export function readAdmission(variables: Variables = process.env): Admission {
  const { admission } = readEnvironment(['admission'], variables);
  if (!isAdmission(admission)) throw new Error(`environment: malformed: ${ENVIRONMENT.admission}`);
  return admission;
}

export function readRelayProvider(variables: Variables = process.env): RelayProvider {
  const { relayProvider } = readEnvironment(['relayProvider'], variables);
  if (!isRelayProvider(relayProvider)) throw new Error(`environment: malformed: ${ENVIRONMENT.relayProvider}`);
  return relayProvider;
}

/** Where an external relay listens; one to four ways. */
export function readRelayEndpoints(variables: Variables = process.env): readonly RelayEndpoint[] {
  const found = endpointsIn(readEnvironment(['relayEndpoints'], variables).relayEndpoints);
  if (!found) throw new Error(`environment: malformed: ${ENVIRONMENT.relayEndpoints}`);
  return found;
}

function isRelayProvider(value: string): value is RelayProvider {
  return RELAY_PROVIDERS.some((provider) => provider === value);
}

function endpointsIn(value: string): readonly RelayEndpoint[] | undefined {
  try {
    return z.safeParse(endpoints, JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}

function isAdmission(value: string): value is Admission {
  return ADMISSIONS.some((admission) => admission === value);
}

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
