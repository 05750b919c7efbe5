import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/**
 * Every minute: nothing waits for the reconciler, since a relay that is gone is not handed out thirty seconds after its
 * last heartbeat whether or not its record is still there.
 */
export class ReconcilerSchedule extends Construct {
  constructor(scope: Construct, id: string, { target }: { readonly target: IFunction }) {
    super(scope, id);
    new Rule(this, 'EveryMinute', {
      description: 'Compares the records of relays with the tasks that run',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(target)],
    });
  }
}
