import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/**
 * Daily, although a franking key serves a week: a failed run has six more chances, and an old key is deleted at most a
 * day late.
 */
export class KeyRotation extends Construct {
  constructor(scope: Construct, id: string, { target }: { readonly target: IFunction }) {
    super(scope, id);
    new Rule(this, 'Daily', {
      description: 'Makes the coming franking key and deletes those that are too old',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(target)],
    });
  }
}
