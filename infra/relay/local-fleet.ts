import type { StageConfig } from '../config.ts';
import type { FleetSettings } from './settings.ts';

/** The context value with which the local cloud asks for a stage: `-c relay=local`. */
export const LOCAL = 'local';

const LOCAL_FLEET: FleetSettings = { provider: 'fleet', minimum: 1, maximum: 1 };

/**
 * A stage as the local cloud runs it: one without a relay gets the fleet, with a single relay and without an image. Its
 * template must never be deployed, and cannot be: the account is one that AWS gives to nobody, and `cdk deploy` refuses
 * the credentials of any other. Nobody builds an image for it, so what would do that in AWS is left out.
 */
export function forLocalCloud(config: StageConfig): StageConfig {
  const { relay } = config;
  if (relay.provider === 'fleet' && relay.build === 'codebuild')
    return { ...config, relay: { ...relay, build: 'local' } };
  if (relay.provider !== 'none') return config;
  return { ...config, account: '000000000000', relay: LOCAL_FLEET };
}
