import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../shared/environment.ts';
import { API_STAGE, type Api } from './api.ts';
import { BOUNDARIES, type Boundary, FLEET_FUNCTION_NAMES, FUNCTION_NAMES, type FunctionName } from './boundaries.ts';
import type { StageConfig } from './config.ts';
import { SottoFunction } from './sotto-function.ts';
import { TABLE_NAMES, type TableName, type Tables } from './tables.ts';

export interface FunctionsProps {
  readonly config: StageConfig;
  readonly tables: Tables;
  readonly api: Api;
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
  readonly #functions = new Map<FunctionName, SottoFunction>();

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const names: FunctionName[] = [...FUNCTION_NAMES];
    if (props.config.relay.provider === 'fleet') names.push(...FLEET_FUNCTION_NAMES);
    for (const name of names) this.#functions.set(name, this.#create(name, props));
  }

  get(name: FunctionName): SottoFunction {
    const found = this.#functions.get(name);
    if (found === undefined) throw new Error(`No function ${name}`);
    return found;
  }

  #create(name: FunctionName, { config, tables, api }: FunctionsProps): SottoFunction {
    const boundary = BOUNDARIES[name];
    const created = new SottoFunction(this, pascalCase(name), {
      config,
      folder: name,
      // API Gateway gives up on a handler after 29 s and on an authorizer after 10: a client that waits longer has
      // already tried again.
      timeout: Duration.seconds(name === 'authorizer' ? 5 : 10),
      environment: environmentOf(boundary, { config, tables, api }),
    });
    for (const table of TABLE_NAMES) {
      const actions = boundary.tables[table]?.map((action) => `dynamodb:${action}`) ?? [];
      if (actions.length > 0) tables.get(table).grants.actions(created.role, ...actions);
    }
    if (boundary.connections.length > 0) {
      created.role.addToPolicy(
        new PolicyStatement({
          actions: ['execute-api:ManageConnections'],
          resources: boundary.connections.map((method) => api.arn(`${API_STAGE}/${method}/@connections/*`)),
        }),
      );
    }
    return created;
  }
}

function environmentOf(boundary: Boundary, { config, tables, api }: FunctionsProps): Record<string, string> {
  const environment: Record<string, string> = { [ENVIRONMENT.stage]: config.stage };
  for (const table of TABLE_NAMES) {
    if (boundary.tables[table]) environment[TABLE_VARIABLES[table]] = tables.get(table).tableName;
  }
  if (boundary.connections.length > 0) environment[ENVIRONMENT.callbackUrl] = api.callbackUrl;
  if (boundary.settings.includes('endpoint')) environment[ENVIRONMENT.endpoint] = api.endpoint;
  if (boundary.settings.includes('admission')) environment[ENVIRONMENT.admission] = config.admission.mode;
  if (boundary.settings.includes('login')) Object.assign(environment, loginVariables(config.admission));
  return environment;
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
