import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELP, parseArguments } from './arguments.ts';
import { certificateFor } from './certificate.ts';
import { type LocalCloud, startLocalCloud } from './cloud.ts';
import { Refusal } from './refusal.ts';
import { synthesizeStack } from './synthesis/stack.ts';

/** Ends with the first of: a signal (true), the end of the database (false, after saying so). */
function ended(cloud: LocalCloud): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Asked twice, somebody is in a hurry. The data is safe in any case, and the emulator ends with this process.
      if (asked) process.exit(130);
      asked = true;
      resolve(true);
    });
  }
  void cloud.died.then((sentence) => {
    console.error(sentence);
    resolve(false);
  });
  return promise;
}

/** Lines of the embedded metric format: CloudWatch makes numbers of them, and nobody reads them. */
function isMetric(line: string): boolean {
  return line.includes('{"_aws":{"');
}

function relayLine({ relay }: LocalCloud): string {
  if (relay === undefined) return 'by nothing of this stage';
  const { status } = relay;
  if (status.state === 'running') return `at ${status.address}:${status.port}`;
  return status.state === 'starting' ? 'soon' : `not at all: ${status.reason}`;
}

async function main(): Promise<void> {
  const { help, port, host, data, stage } = parseArguments(process.argv.slice(2));
  if (help) return console.log(HELP);
  const assembly = await synthesizeStack(stage, () =>
    console.log('Synthesizing the stack, because its sources have changed ...'),
  );
  const directory = data ?? (await mkdtemp(join(tmpdir(), 'sotto-')));
  const removeEphemeral = async (): Promise<void> => {
    if (data === undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    const endpoint = process.env.SOTTO_DYNAMODB_ENDPOINT;
    const cloud = await startLocalCloud({
      assembly,
      data: directory,
      port,
      relay: true,
      ...(host === undefined ? {} : { host, tls: await certificateFor(host, directory) }),
      log: (text) => void (isMetric(text) || process.stderr.write(text)),
      ...(endpoint === undefined ? {} : { databaseEndpoint: endpoint }),
    });
    console.log(`Sotto runs on this machine, as it would on AWS.

  clients connect to  ${cloud.url}
  what is running     ${cloud.health}
  calls are relayed   ${relayLine(cloud)}
  data                ${data === undefined ? 'kept nowhere' : directory}

Ctrl-C ends it${data === undefined ? '.' : '; the next start finds everything again.'}`);
    if (!(await ended(cloud))) process.exitCode = 1;
    await cloud.close();
  } finally {
    await removeEphemeral();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
