import { CfnElement, RemovalPolicy } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * The secret by which relays check what the functions sign. Its first value is made by Secrets Manager, which can put a
 * random text only into a flat object: `{ "id", "value" }` is read as a list of one. 43 letters and digits are 256 bits.
 */
export class RelaySecret extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new Secret(this, 'Secret', {
      description: 'Signs the credentials of the relay for calls',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ id: '00000000' }),
        generateStringKey: 'value',
        passwordLength: 43,
        excludePunctuation: true,
      },
      // Nothing is lost with it that cannot be made anew.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // A new logical id is a new secret, and relays that run have the old one.
    if (secret.node.defaultChild instanceof CfnElement) secret.node.defaultChild.overrideLogicalId('RelaySecret');
    this.arn = secret.secretArn;
  }
}
