import { CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { AccessLog } from './access-log.ts';
import { API_STAGE, type Api } from './api.ts';
import type { StageConfig } from './config.ts';
import { CustomDomain } from './custom-domain.ts';
import type { Routes } from './routes.ts';

export interface ApiStageProps {
  readonly config: StageConfig;
  readonly api: Api;
  readonly routes: Routes;
}

/** Publishes the routes: what limits them, what is logged, and under which name they are reached. */
export class ApiStage extends Construct {
  constructor(scope: Construct, id: string, { config, api, routes }: ApiStageProps) {
    super(scope, id);
    const accessLog = config.accessLog ? new AccessLog(this, 'AccessLog', config) : undefined;
    const stage = new CfnStage(this, 'Stage', {
      apiId: api.apiId,
      stageName: API_STAGE,
      autoDeploy: true,
      defaultRouteSettings: {
        throttlingRateLimit: config.throttle.requestsPerSecond,
        throttlingBurstLimit: config.throttle.burst,
      },
      ...(accessLog && { accessLogSettings: accessLog.settings }),
    });
    // An API without routes cannot be deployed, and the first deployment is to have all of them.
    stage.node.addDependency(routes);
    if (accessLog) stage.node.addDependency(accessLog);
    if (config.domain) new CustomDomain(this, 'Domain', { api, stage: stage.ref, ...config.domain });
  }
}
