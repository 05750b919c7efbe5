import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { ENVIRONMENT } from '../../shared/environment.ts';
import type { StageConfig } from '../config.ts';
import type { Functions } from '../functions.ts';
import type { Tables } from '../tables.ts';
import { relayNames } from './names.ts';
import { RelayNetwork } from './network.ts';
import { ReconcilerSchedule } from './reconciler-schedule.ts';
import { RotatedSecret } from './relay-secret.ts';
import { grantFunctions, grantTask } from './rights.ts';
import { RelayScaling } from './scaling.ts';
import { RelayService } from './service.ts';
import type { FleetSettings } from './settings.ts';
import { RelayTask } from './task-definition.ts';
import { TlsEntrance } from './tls-entrance.ts';

export interface RelayFleetProps {
  readonly config: StageConfig & { readonly relay: FleetSettings };
  readonly tables: Tables;
  readonly functions: Functions;
}

/** The relays on Fargate and everything that is there for them alone, in the order in which one part needs another. */
export class RelayFleet extends Construct {
  readonly network: RelayNetwork;
  readonly task: RelayTask;
  readonly service: RelayService;
  readonly entrance?: TlsEntrance;

  constructor(scope: Construct, id: string, { config, tables, functions }: RelayFleetProps) {
    super(scope, id);
    const { minimum, tls } = config.relay;
    const names = relayNames(this, config.stage);
    const rotation = functions.get('relay-secret-rotation');
    const { secretArn } = new RotatedSecret(this, 'Credentials', { rotation });
    grantFunctions(functions, secretArn, names);
    for (const name of ['relay-reconciler', 'relay-secret-rotation'] as const) {
      functions.get(name).function.addEnvironment(ENVIRONMENT.relayCluster, names.cluster);
      functions.get(name).function.addEnvironment(ENVIRONMENT.relayService, names.service);
    }
    functions.get('relay-reconciler').function.addEnvironment(ENVIRONMENT.relayMinimum, String(minimum));
    rotation.function.addEnvironment(ENVIRONMENT.relaySecretArn, secretArn);

    this.network = new RelayNetwork(this, 'Network');
    const drain = functions.get('relay-drain').function;
    this.task = new RelayTask(this, 'Task', {
      config,
      image: ContainerImage.fromRegistry('sotto-relay'),
      names,
      references: {
        table: tables.get('Relays').tableName,
        secretArn,
        drainFunction: drain.functionName,
      },
    });
    grantTask(this.task.role, { tables, secretArn, drain, names });
    if (tls)
      this.entrance = new TlsEntrance(this, 'Tls', { certificateArn: tls.certificateArn, network: this.network });
    this.service = new RelayService(this, 'Service', {
      names,
      network: this.network,
      definition: this.task.definition,
      targetGroupArn: this.entrance?.targetGroup.ref,
    });
    // A relay needs its rights from its first moment on, and a listener must lead to it.
    this.service.node.addDependency(this.task, ...(this.entrance ? [this.entrance] : []));
    new RelayScaling(this, 'Scaling', { config, names, service: this.service });
    new ReconcilerSchedule(this, 'Reconciler', { target: functions.get('relay-reconciler').function });
  }
}
