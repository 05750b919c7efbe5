import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../shared/environment.ts';
import { API_STAGE, type Api } from './api.ts';
import {
  type Boundary,
  boundariesWith,
  FLEET_FUNCTION_NAMES,
  FUNCTION_NAMES,
  type FunctionName,
} from './boundaries.ts';
import type { StageConfig } from './config.ts';
import { clusterName, relayNames, SERVICE_NAME } from './relay/names.ts';
import { SottoFunction } from './sotto-function.ts';
import { TABLE_NAMES, type TableName, type Tables } from './tables.ts';

export interface FunctionsProps {
  readonly config: StageConfig;
  readonly tables: Tables;
  readonly api: Api;
  /** Present when the stage has relays. */
  readonly relaySecretArn?: string;
}

const TABLE_VARIABLES: Readonly<Record<TableName, string>> = {
  DeviceLists: ENVIRONMENT.deviceLists,
  Connections: ENVIRONMENT.connections,
  PreKeys: ENVIRONMENT.preKeys,
  Mailbox: ENVIRONMENT.mailbox,
  Ephemera: ENVIRONMENT.ephemera,
  FrankingKeys: ENVIRONMENT.frankingKeys,
  Relays: ENVIRONMENT.relays,
};

/** Every function with exactly the rights and the environment of its boundary. */
export class Functions extends Construct {
  /** What each of them may do. */
  readonly boundaries: Readonly<Record<FunctionName, Boundary>>;
  readonly #functions = new Map<FunctionName, SottoFunction>();

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { relay } = props.config;
    this.boundaries = boundariesWith(relay);
    const names: FunctionName[] = [...FUNCTION_NAMES];
    if (relay.provider === 'fleet') names.push(...FLEET_FUNCTION_NAMES);
    for (const name of names) this.#functions.set(name, this.#create(name, props));
  }

  get(name: FunctionName): SottoFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`No function ${name}`);
    return found;
  }

  #create(name: FunctionName, props: FunctionsProps): SottoFunction {
    const { config } = props;
    const boundary = this.boundaries[name];
    const created = new SottoFunction(this, pascalCase(name), {
      config,
      folder: name,
      // API Gateway gives up on a handler after 29 s and on an authorizer after 10: a client that waits longer has
      // already tried again.
      timeout: Duration.seconds(name === 'authorizer' ? 5 : 10),
      environment: environmentOf(boundary, props),
    });
    grant(created.role, boundary, props);
    return created;
  }
}

/** Exactly the rights of the boundary, and nothing besides. */
function grant(role: Role, boundary: Boundary, { config, tables, api, relaySecretArn }: FunctionsProps): void {
  for (const table of TABLE_NAMES) {
    const actions = boundary.tables[table]?.map((action) => `dynamodb:${action}`) ?? [];
    if (actions.length > 0) tables.get(table).grants.actions(role, ...actions);
  }
  if (boundary.connections.length > 0) {
    role.addToPolicy(
      new PolicyStatement({
        actions: ['execute-api:ManageConnections'],
        resources: boundary.connections.map((method) => api.arn(`${API_STAGE}/${method}/@connections/*`)),
      }),
    );
  }
  if (relaySecretArn !== undefined && boundary.relaySecret !== undefined) {
    role.addToPolicy(
      new PolicyStatement({
        actions: boundary.relaySecret.map((action) => `secretsmanager:${action}`),
        resources: [relaySecretArn],
      }),
    );
  }
  const { resources } = relayNames(api, config.stage);
  for (const action of boundary.relayService ?? []) {
    role.addToPolicy(new PolicyStatement({ actions: [`ecs:${action}`], resources: [resources[action]] }));
  }
}

function environmentOf(
  boundary: Boundary,
  { config, tables, api, relaySecretArn }: FunctionsProps,
): Record<string, string> {
  const environment: Record<string, string> = { [ENVIRONMENT.stage]: config.stage };
  for (const table of TABLE_NAMES) {
    if (boundary.tables[table]) environment[TABLE_VARIABLES[table]] = tables.get(table).tableName;
  }
  if (boundary.connections.length > 0) environment[ENVIRONMENT.callbackUrl] = api.callbackUrl;
  if (boundary.settings.includes('endpoint')) environment[ENVIRONMENT.endpoint] = api.endpoint;
  if (boundary.settings.includes('admission')) environment[ENVIRONMENT.admission] = config.admission.mode;
  if (boundary.settings.includes('login')) Object.assign(environment, loginVariables(config.admission));
  if (boundary.settings.includes('relay')) Object.assign(environment, relayVariables(config.relay));
  if (boundary.relayService) Object.assign(environment, serviceVariables(config.stage));
  if (boundary.relaySecret && relaySecretArn) environment[ENVIRONMENT.relaySecretArn] = relaySecretArn;
  return environment;
}

function relayVariables(relay: StageConfig['relay']): Record<string, string> {
  return {
    [ENVIRONMENT.relayProvider]: relay.provider,
    ...(relay.provider === 'fleet' && { [ENVIRONMENT.relayMinimum]: String(relay.minimum) }),
    ...(relay.provider === 'external' && { [ENVIRONMENT.relayEndpoints]: JSON.stringify(relay.endpoints) }),
  };
}

function serviceVariables(stage: string): Record<string, string> {
  return { [ENVIRONMENT.relayCluster]: clusterName(stage), [ENVIRONMENT.relayService]: SERVICE_NAME };
}

function loginVariables(admission: StageConfig['admission']): Record<string, string> {
  if (admission.mode !== 'jwt') return {};
  return {
    [ENVIRONMENT.jwtIssuer]: admission.issuer,
    [ENVIRONMENT.jwtAudience]: admission.audience,
    [ENVIRONMENT.jwksUrl]: admission.jwksUrl,
  };
}

function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
}
