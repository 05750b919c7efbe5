import * as z from 'zod';
import { certificateArn, hostName } from './names.ts';
import { type RelaySettings, relaySettings } from './relay/settings.ts';

/** The CloudWatch Logs retention periods, in days, that make sense for logs without content. */
const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90] as const;

const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https URL' });

const admission = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('open') }),
  z.strictObject({ mode: z.literal('invite') }),
  z.strictObject({ mode: z.literal('jwt'), issuer: httpsUrl, audience: z.string().min(1), jwksUrl: httpsUrl }),
]);

const settings = z.strictObject({
  /** The one Region of this stage. Explicit, so that no shell setting can move a deployment. */
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]$/, 'must be a Region such as eu-central-1'),
  /** The twelve digits of the account. When given, `cdk deploy` refuses credentials of any other account. */
  account: z
    .string()
    .regex(/^[0-9]{12}$/, 'must have twelve digits')
    .optional(),
  /**
   * True: tables and logs are protected from deletion and outlive the stack. False: `cdk destroy` deletes everything.
   */
  retainData: z.boolean(),
  logRetentionDays: z.literal(LOG_RETENTION_DAYS),
  /**
   * How many frames of each route API Gateway's stage lets through, from all clients together. An account has 10,000 requests a second in a
   * Region (2,500 in newer ones), and pushes to clients count against the same number: leave room for them.
   */
  throttle: z.strictObject({
    requestsPerSecond: z.int().positive().max(10_000),
    burst: z.int().positive().max(5_000),
  }),
  /**
   * Who may create an account: anyone, holders of an invite code, or holders of a token of the operator's own login.
   */
  admission,
  /**
   * A custom domain in place of the generated address. Clients sign the address: one that has the old address is
   * refused after a change.
   */
  domain: z.strictObject({ name: hostName, certificateArn }).optional(),
  /**
   * Writes one line per frame, without addresses or accounts, and sets the account-wide role that API Gateway writes
   * logs with.
   */
  accessLog: z.boolean(),
  /** Where calls get their relays from; what each provider needs is said in relay/settings.ts. */
  relay: relaySettings,
});

export type StageSettings = z.infer<typeof settings>;
export type StageConfig = Omit<StageSettings, 'relay'> & { readonly stage: string; readonly relay: RelaySettings };
export type ConfigErrorCode = 'invalid-stage-name' | 'unknown-stage' | 'invalid-setting';

/**
 * The settings cannot be used. `setting` is the path of the offending one, for instance `throttle.burst`, and empty for
 * an unknown key of the stage.
 */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  readonly setting: string;

  constructor(code: ConfigErrorCode, setting: string, message: string) {
    super(message);
    this.name = 'ConfigError';
    this.code = code;
    this.setting = setting;
  }
}

/**
 * Picks the settings of one stage and checks them.
 * @param stage the value of the context key `stage`; it becomes part of the stack's name
 * @throws ConfigError
 */
export function readConfig(stage: unknown, stages: Readonly<Record<string, unknown>>): StageConfig {
  if (typeof stage !== 'string' || !/^[a-z][a-z0-9]{0,15}$/.test(stage)) {
    throw new ConfigError(
      'invalid-stage-name',
      'stage',
      'A stage is named with 1 to 16 lower-case letters and digits: cdk deploy -c stage=dev',
    );
  }
  if (!Object.hasOwn(stages, stage)) {
    const known = Object.keys(stages).join(', ');
    throw new ConfigError(
      'unknown-stage',
      'stage',
      `There is no stage "${stage}" in infra/stages.ts, which has: ${known}`,
    );
  }
  const parsed = settings.safeParse(stages[stage]);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidSetting(stage, issue?.path.join('.') ?? '', issue?.message ?? 'invalid');
  }
  const { domain, relay } = parsed.data;
  requireCertificateInRegion(stage, parsed.data, 'domain', domain);
  if (relay.provider === 'fleet') requireCertificateInRegion(stage, parsed.data, 'relay.tls', relay.tls);
  return { stage, ...parsed.data };
}

/**
 * API Gateway and load balancers serve a host name only with a certificate of their own Region, and say so only in the
 * middle of a deployment.
 */
function requireCertificateInRegion(
  stage: string,
  { region }: StageSettings,
  setting: string,
  served: { readonly certificateArn: string } | undefined,
): void {
  if (served === undefined || served.certificateArn.split(':')[3] === region) return;
  throw invalidSetting(stage, `${setting}.certificateArn`, `the certificate must be in ${region}`);
}

function invalidSetting(stage: string, setting: string, reason: string): ConfigError {
  const path = setting === '' ? stage : `${stage}.${setting}`;
  return new ConfigError('invalid-setting', setting, `${path} in infra/stages.ts: ${reason}`);
}
