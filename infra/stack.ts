import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledgeFindings } from './acknowledgements.ts';
import { Api } from './api.ts';
import { ApiStage } from './api-stage.ts';
import type { StageConfig } from './config.ts';
import { Functions } from './functions.ts';
import { KeyRotation } from './key-rotation.ts';
import { acknowledgeFleet } from './relay/acknowledgements.ts';
import { RelayFleet } from './relay/fleet.ts';
import { RelaySecret } from './relay/relay-secret.ts';
import { Routes } from './routes.ts';
import { Tables } from './tables.ts';

/** Everything a stage of Sotto has in AWS, in the order in which one part needs another. */
export class SottoStack extends Stack {
  constructor(scope: Construct, config: StageConfig) {
    super(scope, `Sotto-${config.stage}`, {
      description: 'Sotto: end-to-end-encrypted messages and calls',
      env: { region: config.region, ...(config.account && { account: config.account }) },
      terminationProtection: config.retainData,
    });
    const tables = new Tables(this, 'Tables', config);
    const api = new Api(this, 'Api', config);
    const relaySecretArn = config.relay.provider === 'none' ? undefined : new RelaySecret(this, 'Relay').arn;
    const functions = new Functions(this, 'Functions', {
      config,
      tables,
      api,
      ...(relaySecretArn !== undefined && { relaySecretArn }),
    });
    const routes = new Routes(this, 'Routes', { api, functions });
    new ApiStage(this, 'ApiStage', { config, api, routes });
    new KeyRotation(this, 'KeyRotation', { target: functions.get('franking-keys').function });
    new CfnOutput(this, 'Endpoint', { description: 'The address clients connect to', value: api.endpoint });
    const invites = {
      description: 'The table that `npm run invite` puts codes into',
      value: tables.get('Ephemera').tableName,
    };
    if (config.admission.mode === 'invite') new CfnOutput(this, 'InviteTable', invites);
    const { relay } = config;
    if (relay.provider === 'fleet' && relaySecretArn !== undefined) {
      const fleet = new RelayFleet(this, 'Fleet', { config: { ...config, relay }, tables, functions, relaySecretArn });
      acknowledgeFleet(this, config, fleet);
    }
    if (relay.provider === 'external' && relaySecretArn !== undefined) {
      new CfnOutput(this, 'RelaySecretArn', {
        description: 'The secret to share with the TURN service',
        value: relaySecretArn,
      });
    }
    acknowledgeFindings(this, config);
  }
}
