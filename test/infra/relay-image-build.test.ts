import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { AWS_ONLY, EMULATED } from '../../local/template/resource-types.ts';
import { permissionsOf } from '../support/policies.ts';
import { FLEET, synthesize } from '../support/synthesize.ts';

// CodeBuild, ECR and Docker are not there: the template is looked at, and the commands are run with programs in their place that write down what they are asked.

const OTHER = { ...FLEET.image, digest: `sha256:${'2'.repeat(64)}` };
const stack = synthesize({ relay: { ...FLEET, build: 'codebuild' } });

const project = z.object({
  Environment: z.looseObject({}),
  Source: z.object({ Type: z.literal('NO_SOURCE'), BuildSpec: z.string() }),
});
const { Environment, Source } = project.parse(stack.ofType('AWS::CodeBuild::Project')[0]?.[1].Properties);
const phase = z.object({ commands: z.tuple([z.string()]) });
const { phases } = z
  .object({ phases: z.object({ build: phase, post_build: phase }) })
  .parse(JSON.parse(Source.BuildSpec));

const rights = (role: string) =>
  permissionsOf(stack)
    .filter((each) => each.role.startsWith(`<${role}`) && !each.action.startsWith('logs:'))
    .map(({ action, resource }) => `${action} on ${resource.replaceAll(/[0-9A-F]{8}(?=[.>])/g, '')}`)
    .toSorted();
const idsOf = (of: typeof stack, type: string) => of.ofType(type).map(([id]) => id);
const imageIn = (of: typeof stack) =>
  JSON.stringify(
    z
      .looseObject({ ContainerDefinitions: z.tuple([z.looseObject({ Image: z.unknown() })]) })
      .parse(of.ofType('AWS::ECS::TaskDefinition')[0]?.[1].Properties).ContainerDefinitions[0].Image,
  );

describe('a stage whose relay image CodeBuild makes', () => {
  it('builds it for ARM, where Docker may run, and keeps it under a tag that cannot be moved', () => {
    expect(Environment).toMatchObject({ Type: 'ARM_CONTAINER', PrivilegedMode: true });
    expect(stack.ofType('AWS::ECR::Repository')[0]?.[1]).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: {
        ImageTagMutability: 'IMMUTABLE',
        ImageScanningConfiguration: { ScanOnPush: true },
        EmptyOnDelete: true,
        LifecyclePolicy: { LifecyclePolicyText: expect.stringContaining('"countNumber":10') },
      },
    });
  });

  it('lets the build fetch its source and push to one repository, and whoever starts it do nothing else', () => {
    const push = ['BatchCheckLayerAvailability', 'CompleteLayerUpload', 'DescribeImages', 'InitiateLayerUpload'];
    expect(rights('FleetImageBuildRole')).toEqual(
      [
        ...push.map((action) => `ecr:${action} on <FleetImageBuildRepository.Arn>`),
        'ecr:GetAuthorizationToken on *',
        ...['PutImage', 'UploadLayerPart'].map((action) => `ecr:${action} on <FleetImageBuildRepository.Arn>`),
        expect.stringMatching(/^s3:GetObject on arn:aws:s3:::cdk-\S+-assets-\S+\/[0-9a-f]{64}\.zip$/),
      ].toSorted((one, other) => String(one).localeCompare(String(other))),
    );
    expect(rights('FleetImageBuildStarterRole')).toEqual(['codebuild:StartBuild on <FleetImageBuildProject.Arn>']);
  });

  it('runs no relay before the build has told CloudFormation that it is done', () => {
    const [built] = idsOf(stack, 'AWS::CloudFormation::WaitCondition');
    expect(stack.resources[idsOf(stack, 'AWS::ECS::Service')[0] ?? '']?.DependsOn).toContain(built);
    expect(stack.resources[built ?? '']?.Properties).toMatchObject({ Count: 1, Timeout: '1800' });
  });

  it('builds anew, and replaces the relays, when anything that the image is made of has changed', () => {
    const again = synthesize({ relay: { ...FLEET, build: 'codebuild', maximum: 5 } });
    const changed = synthesize({ relay: { ...FLEET, build: 'codebuild', image: OTHER } });
    for (const of of [(one: typeof stack) => idsOf(one, 'AWS::CloudFormation::WaitCondition'), imageIn]) {
      expect(of(again)).toEqual(of(stack));
      expect(of(changed)).not.toEqual(of(stack));
    }
  });

  it('has nothing that the local cloud has not thought of', () => {
    for (const { Type } of Object.values(stack.resources)) expect(EMULATED.has(Type) || Type in AWS_ONLY).toBe(true);
    expect(stack.lookups).toEqual([]);
  });

  it('has no Docker build among what the deploying machine does, and without it has nothing of CodeBuild', () => {
    const local = synthesize({ relay: FLEET });
    const types = Object.values(local.resources).map(({ Type }) => Type);
    expect(types.filter((type) => /CodeBuild|ECR|WaitCondition|Custom::/.test(type))).toEqual([]);
    expect([local.dockerImages, stack.dockerImages]).toEqual([1, 0]);
  });
});

describe('the commands of the build', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-build-'));
    for (const name of ['aws', 'docker', 'unzip', 'curl']) {
      const script = `#!/bin/sh\necho "${name} $*" >> "$CALLS"\n! echo "${name} $*" | grep -Eq "$FAILS"\n`;
      writeFileSync(join(folder, name), script, { mode: 0o755 });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** @param fails a regular expression: the calls that fail */
  function run(command: string, fails: string, more: Record<string, string> = {}) {
    const calls = join(folder, 'calls');
    writeFileSync(calls, '');
    const env = {
      ...{
        PATH: `${folder}:/usr/bin:/bin`,
        CALLS: calls,
        FAILS: fails,
        SOURCE: 's3://bucket/key',
        REGISTRY: 'registry',
      },
      ...{ REPOSITORY: 'registry/relay', REPOSITORY_NAME: 'relay', IMAGE_TAG: 'tag', SIGNAL: 'https://wait/?a=1&b=2' },
      ...{ BUILD_ARGS: '--build-arg ONE=1 --build-arg TWO=2', CODEBUILD_BUILD_ID: 'relay:1', ...more },
    };
    // Another command afterwards: CodeBuild runs all of them by one shell.
    const { status } = spawnSync('/bin/sh', ['-c', `${command} && echo "$UNKNOWN" >/dev/null`], { env, cwd: folder });
    return { status, calls: readFileSync(calls, 'utf8').trim().split('\n') };
  }
  const [build] = phases.build.commands;
  const [tell] = phases.post_build.commands;

  it('build and push where the image is not there', () => {
    const { status, calls } = run(build, 'describe-images');
    expect(status).toBe(0);
    expect(calls.slice(1).toSorted()).toEqual([
      'aws ecr get-login-password',
      'aws s3 cp --no-progress s3://bucket/key source.zip',
      'docker build --tag registry/relay:tag --build-arg ONE=1 --build-arg TWO=2 source',
      'docker login --username AWS --password-stdin registry',
      'docker push registry/relay:tag',
      'unzip -q source.zip -d source',
    ]);
  });

  it('do nothing where it is', () => {
    const { status, calls } = run(build, 'nothing');
    expect([status, calls]).toEqual([0, ['aws ecr describe-images --repository-name relay --image-ids imageTag=tag']]);
  });

  it.each(['build', 'push', 'login'])('fail when docker %s does', (step) => {
    expect(run(build, `describe-images|docker ${step}`).status).not.toBe(0);
  });

  it.each([
    ['1', 'SUCCESS'],
    ['0', 'FAILURE'],
  ])('tell CloudFormation how it went: %s is %s', (succeeding, status) => {
    const { calls } = run(tell, 'nothing', { CODEBUILD_BUILD_SUCCEEDING: succeeding });
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^curl .*--request PUT .* https:\/\/wait\/\?a=1&b=2$/);
    const body = /--data-binary (\{.*\})/.exec(calls[0] ?? '')?.[1] ?? '';
    expect(JSON.parse(body)).toEqual({ Status: status, Reason: 'CodeBuild relay:1', UniqueId: 'image', Data: '' });
  });
});
