import { ENVIRONMENT } from '../environment.ts';
import { ADMISSIONS, type Admission } from '../protocol/session.ts';

type Name = keyof typeof ENVIRONMENT;
type Variables = Readonly<Record<string, string | undefined>>;

const isTable = (value: string) => /^[A-Za-z0-9_.-]{3,255}$/.test(value);
const isHttp = (value: string) => hasScheme(value, ['https:', 'http:']);

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

function isAdmission(value: string): value is Admission {
  return ADMISSIONS.some((admission) => admission === value);
}

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}
