import { Refusal } from '../refusal.ts';
import { type Api, readApi } from './api.ts';
import { readAssembly } from './assembly.ts';
import { type FunctionSpec, readFunctions } from './functions.ts';
import { type MayInvoke, readPermissions } from './permissions.ts';
import { type RelaySpec, readRelay } from './relay.ts';
import { type Roles, readRoles } from './roles.ts';
import { type RuleSpec, readRules } from './rules.ts';
import { readSecrets, type SecretSpec } from './secrets.ts';
import { readServices, type ServiceSpec } from './services.ts';
import { openStack } from './stack.ts';
import { readTables, type TableSpec } from './tables.ts';

/** Everything that the local cloud runs, as the template has it. */
export interface CloudModel {
  stackName: string;
  region: string;
  account: string;
  api: Api;
  functions: FunctionSpec[];
  tables: TableSpec[];
  secrets: SecretSpec[];
  services: ServiceSpec[];
  /** Absent where the template has no relay of its own. */
  relay?: RelaySpec;
  rules: RuleSpec[];
  roles: Roles;
  mayInvoke: MayInvoke;
}

/**
 * Reads the output of `cdk synth` into what is to be run.
 * @throws Refusal on anything in the template that would behave differently here than in AWS
 */
export function readModel(directory: string, stackName?: string): CloudModel {
  const stack = openStack(readAssembly(directory, stackName));
  const { region, account } = stack.assembly;
  const functions = readFunctions(stack);
  const relay = readRelay(stack);
  const assumed = new Map(functions.map(({ roleArn }) => [roleArn, 'lambda.amazonaws.com']));
  if (relay) assumed.set(relay.roleArn, 'ecs-tasks.amazonaws.com');
  const model: CloudModel = {
    stackName: stack.assembly.stackName,
    region,
    account,
    api: readApi(stack),
    functions,
    tables: readTables(stack),
    secrets: readSecrets(stack),
    services: readServices(stack),
    rules: readRules(stack),
    ...(relay === undefined ? {} : { relay }),
    roles: readRoles(stack, assumed),
    mayInvoke: readPermissions(stack),
  };
  checkInvocations(model);
  return model;
}

/** Every function that something invokes must be of this template. Whether it may be invoked shows at the invocation, as in AWS. */
function checkInvocations({ api, functions, rules, roles }: CloudModel): void {
  const known = new Set(functions.map(({ arn }) => arn));
  const routes = [...api.routes.values()];
  const invoked = [
    ...routes.flatMap(({ integration }) => (integration.type === 'function' ? integration.functionArn : [])),
    ...routes.flatMap(({ authorizer }) => authorizer?.functionArn ?? []),
    ...rules.flatMap(({ targets }) => targets.map(({ functionArn }) => functionArn)),
  ];
  const missing = invoked.find((arn) => !known.has(arn));
  if (missing) throw new Refusal(`Something invokes ${missing}, which is no function of the template.`);
  const homeless = functions.find(({ roleArn }) => !roles.has(roleArn));
  if (homeless)
    throw new Refusal(`${homeless.logicalId} runs under ${homeless.roleArn}, which is no role of the template.`);
}
