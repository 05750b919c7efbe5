import { parseArgs } from 'node:util';
import { Refusal } from './refusal.ts';

export interface Arguments {
  help: boolean;
  port: number;
  /** Undefined: this machine only, without a certificate. */
  host: string | undefined;
  /** Undefined: a folder of its own, removed at the end. */
  data: string | undefined;
  stage: string;
}

export const HELP = `Runs the stack on this machine: npm start -- [options]

  --port PORT    where clients connect (default 8787; 0 takes any free port)
  --host ADDRESS an address of this machine by which others on the network reach it; then with
                 https and wss, which browsers want anywhere but on this machine itself
  --data DIR     folder that keeps the tables (default .sotto/data)
  --ephemeral    keep nothing: a folder of its own, removed at the end
  --stage NAME   which stage of infra/stages.ts to run (default dev)
  --help         this text

SOTTO_DYNAMODB_ENDPOINT=http://...  use that DynamoDB in place of the embedded one
`;

/** @throws Refusal on an option that is unknown or has no sensible value */
export function parseArguments(argv: string[]): Arguments {
  const { port, host, data, ephemeral, stage, help } = parse(argv);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Refusal(`--port ${port} is not a port: give a number from 0 to 65535.`);
  if (ephemeral && data !== undefined)
    throw new Refusal('--data and --ephemeral exclude each other: leave one of them out.');
  if (host !== undefined && /^(0\.0\.0\.0|::|)$/.test(host)) {
    throw new Refusal(
      '--host needs the one address by which others reach this machine: it becomes part of what clients sign.',
    );
  }
  return { help, port: Number(port), host, data: ephemeral ? undefined : (data ?? '.sotto/data'), stage };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        port: { type: 'string', default: '8787' },
        host: { type: 'string' },
        data: { type: 'string' },
        ephemeral: { type: 'boolean', default: false },
        stage: { type: 'string', default: 'dev' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)} See npm start -- --help.`);
  }
}
