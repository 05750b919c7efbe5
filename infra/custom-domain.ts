import { CfnOutput } from 'aws-cdk-lib';
import { CfnApiMapping, CfnDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import type { Api } from './api.ts';

export interface CustomDomainProps {
  readonly api: Api;
  readonly stage: string;
  readonly name: string;
  readonly certificateArn: string;
}

/**
 * The operator's own host name for the API. The DNS record stays the operator's: its target is an output of the stack.
 */
export class CustomDomain extends Construct {
  constructor(scope: Construct, id: string, { api, stage, name, certificateArn }: CustomDomainProps) {
    super(scope, id);
    const domain = new CfnDomainName(this, 'DomainName', {
      domainName: name,
      domainNameConfigurations: [{ certificateArn, endpointType: 'REGIONAL', securityPolicy: 'TLS_1_2' }],
    });
    new CfnApiMapping(this, 'Mapping', { apiId: api.apiId, domainName: domain.ref, stage });
    const target = new CfnOutput(this, 'Target', {
      description: `${name} is to be a CNAME of this name`,
      value: domain.attrRegionalDomainName,
    });
    target.overrideLogicalId('DomainTarget');
  }
}
