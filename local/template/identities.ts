import { createHash } from 'node:crypto';
import { Refusal } from '../refusal.ts';
import type { Assembly } from './assembly.ts';

/** What the template calls a resource by: its physical id (`Ref`) and its ARN (`Fn::GetAtt Arn`), the same at every start. */
export interface Identity {
  id: string;
  arn: string;
}

/** In an emulated resource, a value that begins with this comes from a resource that exists only in AWS. */
export const AWS_ONLY_MARK = 'only-in-aws:';

type Properties = Record<string, unknown>;

/** Property that names a resource of a type, when its author wants to, and the ARN of that name. */
const NAMED: Record<string, { property: string; arn: (where: Assembly, name: string) => string }> = {
  'AWS::DynamoDB::GlobalTable': {
    property: 'TableName',
    arn: ({ region, account }, name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
  },
  'AWS::Lambda::Function': {
    property: 'FunctionName',
    arn: ({ region, account }, name) => `arn:aws:lambda:${region}:${account}:function:${name}`,
  },
  'AWS::ECS::Cluster': {
    property: 'ClusterName',
    arn: ({ region, account }, name) => `arn:aws:ecs:${region}:${account}:cluster/${name}`,
  },
  'AWS::IAM::Role': { property: 'RoleName', arn: ({ account }, name) => `arn:aws:iam::${account}:role/${name}` },
  'AWS::Events::Rule': {
    property: 'Name',
    arn: ({ region, account }, name) => `arn:aws:events:${region}:${account}:rule/${name}`,
  },
};

/** Physical identity of an emulated resource. Names left out get the stack's and the logical id's, without AWS's random end. */
export function identify(assembly: Assembly, logicalId: string, type: string, properties: Properties): Identity {
  if (type === 'AWS::SecretsManager::Secret') return secretIdentity(assembly, logicalId, properties);
  const named = NAMED[type];
  if (named) {
    const own = properties[named.property];
    const id = typeof own === 'string' ? own : `${assembly.stackName}-${logicalId}`;
    return { id, arn: named.arn(assembly, id) };
  }
  if (type === 'AWS::ApiGatewayV2::Stage') return { id: String(properties.StageName), arn: '' };
  return { id: shortId(`${assembly.stackName}/${logicalId}`), arn: '' };
}

/** `Ref` to a secret is its ARN, which ends in six characters that AWS makes up. */
function secretIdentity(assembly: Assembly, logicalId: string, { Name }: Properties): Identity {
  const { region, account, stackName } = assembly;
  const name = typeof Name === 'string' ? Name : `${stackName}-${logicalId}`;
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${shortId(name).slice(-6)}`;
  return { id: arn, arn };
}

/** Attributes of emulated resources that a template may ask for. */
export function attributeOf(identity: Identity, logicalId: string, name: string): string {
  if (name === 'Arn' && identity.arn !== '') return identity.arn;
  // Names that the API Gateway, Authorizer, Integration and Route types give their own id by.
  if (['ApiId', 'AuthorizerId', 'IntegrationId', 'RouteId'].includes(name)) return identity.id;
  throw new Refusal(`the attribute ${name} of ${logicalId} is not known to the local cloud`);
}

/** Ten small letters and digits, as API Gateway's own ids. */
function shortId(seed: string): string {
  const digest = createHash('sha256').update(seed).digest();
  return BigInt(`0x${digest.toString('hex')}`)
    .toString(36)
    .slice(-10);
}
