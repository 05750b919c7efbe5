import { Duration } from 'aws-cdk-lib';
import { ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { clusterName, SERVICE_NAME } from './names.ts';
import type { RelayService } from './service.ts';
import type { FleetSettings } from './settings.ts';

/** Per cent. A relay that is lost leaves its calls to the others: they must have room for them. */
const TARGET_LOAD = 50;

export interface RelayScalingProps {
  readonly config: StageConfig & { readonly relay: FleetSettings };

  readonly service: RelayService;
}

/**
 * More relays when they are half full on average. Fewer is the reconciler's work: ECS would choose any task, and a relay
 * has to be empty before it ends.
 */
export class RelayScaling extends Construct {
  constructor(scope: Construct, id: string, { config, service }: RelayScalingProps) {
    super(scope, id);
    const { stage, relay } = config;
    const target = new ScalableTarget(this, 'Target', {
      serviceNamespace: ServiceNamespace.ECS,
      resourceId: `service/${clusterName(stage)}/${SERVICE_NAME}`,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: relay.minimum,
      maxCapacity: relay.maximum,
    });
    target.node.addDependency(service);
    target.scaleToTrackMetric('Load', {
      customMetric: new Metric({
        namespace: 'Sotto',
        metricName: 'RelayLoad',
        dimensionsMap: { Stage: stage },
        statistic: Stats.AVERAGE,
        period: Duration.minutes(1),
      }),
      targetValue: TARGET_LOAD,
      disableScaleIn: true,
      // A new relay takes a minute to start, and only new calls go to it.
      scaleOutCooldown: Duration.minutes(3),
    });
  }
}
