import { describe, expect, it } from 'vitest';
import { relayVariables } from '../../../local/relay/variables.ts';
import { readEnvironment } from '../../../relay/supervisor/environment.ts';

const spec = {
  logicalId: 'Task',
  name: 'Sotto-dev-relay',
  roleArn: 'arn:aws:iam::000000000000:role/Task',
  environment: {
    SOTTO_STAGE: 'dev',
    RELAYS_TABLE: 'Sotto-dev-RelaysTable',
    RELAY_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:relay',
    RELAY_FLEET: 'main',
    RELAY_CLUSTER: 'Sotto-dev',
    RELAY_SERVICE: 'relay',
    RELAY_DRAIN_FUNCTION: 'drain',
    RELAY_LISTEN_PORT: '3478',
    RELAY_MIN_PORT: '49152',
    RELAY_MAX_PORT: '65535',
    RELAY_REALM: 'sotto',
    RELAY_USER_QUOTA: '8',
    RELAY_TOTAL_QUOTA: '400',
    RELAY_MAX_BPS: '625000',
    RELAY_BASELINE_MBIT: '510',
    RELAY_DENY: '10.83.0.0-10.83.255.255',
  },
};

describe('the environment of the local relay', () => {
  const ports = { listen: 40_000, min: 49_152, max: 49_663, release: async () => {} };
  const services = { dynamoDb: 'http://d', secretsManager: 'http://s', ecs: 'http://e', lambda: 'http://l' };
  const addresses = { region: 'eu-central-1', ...services };
  const variables = relayVariables(spec, addresses, { name: 'local-1', address: '127.0.0.1', ports });

  it("is the template's, with this machine's address and ports", () => {
    expect(readEnvironment(variables)).toMatchObject({
      relays: 'Sotto-dev-RelaysTable',
      totalQuota: 400,
      deny: ['10.83.0.0-10.83.255.255'],
      listenPort: 40_000,
      minPort: 49_152,
      maxPort: 49_663,
      localAddress: '127.0.0.1',
      localName: 'local-1',
    });
  });

  it("has nothing of the host's", () => {
    const own = new Set([...Object.keys(spec.environment), 'RELAY_LOCAL_ADDRESS', 'RELAY_LOCAL_NAME']);
    const others = Object.keys(variables).filter((name) => !own.has(name));
    expect(others.every((name) => name.startsWith('AWS_'))).toBe(true);
  });
});
