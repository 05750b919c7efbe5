import type { AwsStub } from 'aws-sdk-client-mock';

/** Every command that a mocked client was sent, whole: its name and its input, oldest first. */
export function commandsOf<Input extends object, Output extends { $metadata: object }, Configuration>(
  mock: Pick<AwsStub<Input, Output, Configuration>, 'calls'>,
): [name: string, input: Input][] {
  return mock.calls().map(({ args: [command] }) => [command.constructor.name, command.input]);
}
