import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface SchedulesProps {
  readonly reconciler: IFunction;
  readonly rotation: IFunction;
}

/** What is done about relays when nobody asks. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, { reconciler, rotation }: SchedulesProps) {
    super(scope, id);
    // ECS's own events would be earlier, and nothing waits for it: a relay that is gone is not handed out thirty seconds
    // after its last heartbeat, whether or not its record is still there.
    new Rule(this, 'EveryMinute', {
      description: 'Compares what relays say of themselves with the tasks that run',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(reconciler)],
    });
    new Rule(this, 'Daily', {
      description: 'Looks whether the secret of the relays is a month old',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(rotation)],
    });
  }
}
