import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { SottoFunction } from '../sotto-function.ts';

/** A secret is of use for twice as long: it is the second of two until the rotation after the one that replaces it. */
const ROTATION = Duration.days(30);

/** What relays and functions sign and check credentials with: made by Secrets Manager, and replaced every month. */
export class RotatedSecret extends Construct {
  readonly secretArn: string;

  constructor(scope: Construct, id: string, { rotation }: { readonly rotation: SottoFunction }) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Signs the credentials of the relays',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ id: '00000000' }),
        generateStringKey: 'value',
        passwordLength: 43,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.secretArn = secret.secretArn;
    rotation.function.addPermission('Rotation', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: Stack.of(this).account,
    });
    const schedule = new CfnRotationSchedule(this, 'Schedule', {
      secretId: this.secretArn,
      rotationLambdaArn: rotation.function.functionArn,
      // A rotation replaces every relay, which a deployment has no reason to do.
      rotateImmediatelyOnUpdate: false,
      rotationRules: { scheduleExpression: `rate(${ROTATION.toDays()} days)` },
    });
    // Secrets Manager asks at once whether it may invoke the function.
    schedule.node.addDependency(rotation);
  }
}
