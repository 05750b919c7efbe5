import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { bundleRelay } from '../../relay/bundle.ts';
import type { FleetSettings } from './settings.ts';

const DOCKERFILE = fileURLToPath(new URL('../../relay/Dockerfile', import.meta.url));

/**
 * The image of a relay: coturn by the digest of the settings, and the supervisor. Synthesis only lays its parts out;
 * `cdk deploy` builds it, with Docker on the machine that deploys, and pushes it to the repository of `cdk bootstrap`.
 * Without a digest, on the local cloud alone, it is a name that leads nowhere.
 */
export function relayImage(scope: Construct, { image }: FleetSettings): ContainerImage {
  if (image === undefined) return ContainerImage.fromRegistry('no-image-on-the-local-cloud');
  // Nothing of this folder but these two files decides about the image, and so about whether relays are replaced.
  const folder = mkdtempSync(join(tmpdir(), 'sotto-relay-image-'));
  try {
    copyFileSync(DOCKERFILE, join(folder, 'Dockerfile'));
    bundleRelay(join(folder, 'relay.mjs'));
    const asset = new DockerImageAsset(scope, 'Image', {
      directory: folder,
      platform: Platform.LINUX_ARM64,
      buildArgs: { COTURN_TAG: image.tag, COTURN_DIGEST: image.digest, NODE_DIGEST: image.nodeDigest },
    });
    return ContainerImage.fromDockerImageAsset(asset);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
