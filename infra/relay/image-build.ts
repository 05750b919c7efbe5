import { createHash } from 'node:crypto';
import { CfnWaitCondition, CfnWaitConditionHandle, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import { Repository, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { AwsCustomResource, AwsCustomResourcePolicy, Logging, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct, DependencyGroup, type IDependable } from 'constructs';
import { BUILD_SPECIFICATION } from './build-specification.ts';

export interface ImageBuildProps {
  /** A folder with the Dockerfile and what it copies. */
  readonly directory: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** The build and what it pulls and pushes take some five minutes; CodeBuild queues it for a while first. Seconds. */
const PATIENCE = 1_800;

/** Of earlier images so many stay, for going back. */
const KEPT_IMAGES = 10;

/** What a push to ECR consists of, and looking whether an image is there already. */
const PUSH_ACTIONS = [
  'BatchCheckLayerAvailability',
  'CompleteLayerUpload',
  'DescribeImages',
  'InitiateLayerUpload',
  'PutImage',
  'UploadLayerPart',
];

/**
 * An image that CodeBuild makes while the stack is deployed, so that the machine that deploys needs no Docker. Its tag follows from everything it is made of: a
 * change is a new tag, a new build, and by that new tasks. The build tells CloudFormation itself how it went; a deployment with a failed one is rolled back.
 */
export class ImageBuild extends Construct {
  readonly repository: Repository;
  readonly project: CfnProject;
  readonly tag: string;
  /** There is no image before this. */
  readonly done: IDependable;

  constructor(scope: Construct, id: string, { directory, buildArgs }: ImageBuildProps) {
    super(scope, id);
    const source = new Asset(this, 'Source', { path: directory });
    const made = JSON.stringify([source.assetHash, BUILD_SPECIFICATION, buildArgs]);
    this.tag = createHash('sha256').update(made).digest('hex').slice(0, 32);
    this.repository = new Repository(this, 'Repository', {
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [{ maxImageCount: KEPT_IMAGES }],
      // Nothing is lost with it that cannot be built anew.
      emptyOnDelete: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logs.grantWrite(role);
    const object = `arn:${Stack.of(this).partition}:s3:::${source.s3BucketName}/${source.s3ObjectKey}`;
    role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [object] }));
    this.repository.grant(role, ...PUSH_ACTIONS.map((action) => `ecr:${action}`));
    // ECR knows no narrower resource for this action.
    role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
    this.project = new CfnProject(this, 'Project', {
      description: 'Builds the image of the relays',
      serviceRole: role.roleArn,
      source: { type: 'NO_SOURCE', buildSpec: BUILD_SPECIFICATION },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'ARM_CONTAINER',
        computeType: 'BUILD_GENERAL1_SMALL',
        image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
        // `docker build` runs in the container of the build.
        privilegedMode: true,
      },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: logs.logGroupName } },
      timeoutInMinutes: PATIENCE / 60,
      queuedTimeoutInMinutes: PATIENCE / 60,
    });
    this.project.node.addDependency(role);
    this.done = this.#run({
      SOURCE: `s3://${source.s3BucketName}/${source.s3ObjectKey}`,
      REGISTRY: this.repository.registryUri,
      REPOSITORY: this.repository.repositoryUri,
      REPOSITORY_NAME: this.repository.repositoryName,
      IMAGE_TAG: this.tag,
      BUILD_ARGS: Object.entries(buildArgs)
        .map(([name, value]) => `--build-arg ${name}=${value}`)
        .join(' '),
    });
  }

  /** One build for each tag: whoever waits and what is waited for have the tag in their names. */
  #run(variables: Readonly<Record<string, string>>): IDependable {
    const { tag, project } = this;
    const handle = new CfnWaitConditionHandle(this, `Handle${tag}`);
    const role = new Role(this, 'StarterRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logs = new LogGroup(this, 'StarterLogs', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    logs.grantWrite(role);
    const environment = Object.entries({ ...variables, SIGNAL: handle.ref });
    const start = new AwsCustomResource(this, 'Start', {
      resourceType: 'Custom::RelayImageBuild',
      role,
      logGroup: logs,
      // The one that Lambda has does.
      installLatestAwsSdk: false,
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['codebuild:StartBuild'], resources: [project.attrArn] }),
      ]),
      onUpdate: {
        service: 'CodeBuild',
        action: 'startBuild',
        parameters: {
          projectName: project.ref,
          environmentVariablesOverride: environment.map(([name, value]) => ({ name, value, type: 'PLAINTEXT' })),
        },
        physicalResourceId: PhysicalResourceId.of(tag),
        outputPaths: ['build.id'],
        // Whoever has the address of the wait condition can answer for the build.
        logging: Logging.withDataHidden(),
      },
    });
    // Not after the start: a build that finds its image there is done at once.
    const built = new CfnWaitCondition(this, `Built${tag}`, {
      count: 1,
      handle: handle.ref,
      timeout: String(PATIENCE),
    });
    built.node.addDependency(project);
    return new DependencyGroup(start, built);
  }
}
