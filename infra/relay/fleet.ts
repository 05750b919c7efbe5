import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { Functions } from '../functions.ts';
import type { Tables } from '../tables.ts';
import { relayImage } from './image.ts';
import type { ImageBuild } from './image-build.ts';
import { RelayNetwork } from './network.ts';
import { grantTask } from './rights.ts';
import { RelayScaling } from './scaling.ts';
import { Schedules } from './schedules.ts';
import { RelayService } from './service.ts';
import type { FleetSettings } from './settings.ts';
import { RelayTask } from './task-definition.ts';
import { TlsEntrance } from './tls-entrance.ts';

export interface RelayFleetProps {
  readonly config: StageConfig & { readonly relay: FleetSettings };
  readonly tables: Tables;
  readonly functions: Functions;
  readonly relaySecretArn: string;
}

/** The relays on Fargate and everything that is there for them alone, in the order in which one part needs another. */
export class RelayFleet extends Construct {
  readonly network: RelayNetwork;
  readonly task: RelayTask;
  readonly service: RelayService;
  readonly entrance?: TlsEntrance;
  readonly build?: ImageBuild;

  constructor(scope: Construct, id: string, { config, tables, functions, relaySecretArn }: RelayFleetProps) {
    super(scope, id);
    const { stage, relay } = config;
    this.network = new RelayNetwork(this, 'Network');
    const drain = functions.get('relay-drain').function;
    const { image, build } = relayImage(this, relay);
    if (build) this.build = build;
    this.task = new RelayTask(this, 'Task', {
      config,
      image,
      references: {
        table: tables.get('Relays').tableName,
        secretArn: relaySecretArn,
        drainFunction: drain.functionName,
      },
    });
    grantTask(this.task.role, { tables, secretArn: relaySecretArn, drain, stage });
    const { network } = this;
    if (relay.tls) this.entrance = new TlsEntrance(this, 'Tls', { ...relay.tls, network });
    this.service = new RelayService(this, 'Service', {
      network,
      stage,
      definition: this.task.definition,
      targetGroupArn: this.entrance?.targetGroup.ref,
    });
    // A relay needs its image, and its rights from its first moment on, and a listener must lead to it.
    const before = [this.entrance, build?.done].filter((each) => each !== undefined);
    this.service.node.addDependency(this.task, ...before);
    new RelayScaling(this, 'Scaling', { config, service: this.service });
    new Schedules(this, 'Schedules', {
      reconciler: functions.get('relay-reconciler').function,
      rotation: functions.get('relay-secret-rotation').function,
    });
  }
}
