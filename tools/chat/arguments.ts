import { parseArgs } from 'node:util';

export interface ChatArguments {
  readonly help: boolean;
  readonly name: string;
  readonly url: string;
  readonly directory: string;
  readonly via: string | undefined;
  readonly join: boolean;
  readonly invite: string | undefined;
}

export const HELP = `A conversation in a terminal: npm run chat -- [options]

  --name NAME    whose store to use; made when there is none (default me)
  --url URL      the deployment (default ws://127.0.0.1:8787/sotto, where npm start is)
  --store DIR    folder of the stores (default .sotto/chat)
  --join         make this a device of an account that there is
  --via URL      connect there in place of the deployment, for instance to a proxy; it is still the deployment that is signed for
  --invite CODE  where the deployment asks for one
  --help         this text

In it, what you type is sent to whom you write to; /help lists what else there is.
`;

/** @throws TypeError for an option that is unknown */
export function parseArguments(argv: string[]): ChatArguments {
  const { values } = parseArgs({
    args: argv,
    options: {
      name: { type: 'string', default: 'me' },
      url: { type: 'string', default: 'ws://127.0.0.1:8787/sotto' },
      store: { type: 'string', default: '.sotto/chat' },
      via: { type: 'string' },
      join: { type: 'boolean', default: false },
      invite: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { name, url, store, via, join, invite, help } = values;
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) throw new TypeError('--name has 1 to 32 letters, digits, _ and -');
  return { help, name, url, directory: `${store}/${name}`, via, join, invite };
}
