import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { bundleRelay } from '../../relay/bundle.ts';
import { ImageBuild } from './image-build.ts';
import type { FleetSettings } from './settings.ts';

const DOCKERFILE = fileURLToPath(new URL('../../relay/Dockerfile', import.meta.url));

export interface RelayImage {
  readonly image: ContainerImage;
  /** Present where AWS builds it: no task can be started before it is done. */
  readonly build?: ImageBuild;
}

/**
 * The image of a relay: coturn by the digest of the settings, and the supervisor. Synthesis only lays its parts out; it is built while `cdk deploy` runs, with Docker on
 * the machine that deploys and pushed to the repository of `cdk bootstrap`, or by CodeBuild. Without a digest, on the local cloud alone, it is a name that leads nowhere.
 */
export function relayImage(scope: Construct, { image, build }: FleetSettings): RelayImage {
  if (image === undefined) return { image: ContainerImage.fromRegistry('no-image-on-the-local-cloud') };
  const buildArgs = { COTURN_TAG: image.tag, COTURN_DIGEST: image.digest, NODE_DIGEST: image.nodeDigest };
  // Nothing of this folder but these two files decides about the image, and so about whether relays are replaced.
  const directory = mkdtempSync(join(tmpdir(), 'sotto-relay-image-'));
  try {
    copyFileSync(DOCKERFILE, join(directory, 'Dockerfile'));
    bundleRelay(join(directory, 'relay.mjs'));
    if (build !== 'codebuild') {
      const asset = new DockerImageAsset(scope, 'Image', { directory, platform: Platform.LINUX_ARM64, buildArgs });
      return { image: ContainerImage.fromDockerImageAsset(asset) };
    }
    const built = new ImageBuild(scope, 'ImageBuild', { directory, buildArgs });
    return { image: ContainerImage.fromEcrRepository(built.repository, built.tag), build: built };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
