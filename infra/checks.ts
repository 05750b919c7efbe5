import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

/**
 * Makes a finding of cdk-nag the end of the synthesis. The CloudFormation validator already is, by the flag
 * validateAgainstDefaultRules in cdk.json.
 */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
