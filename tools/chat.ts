import { createInterface } from 'node:readline';
import { hasAccount, type Platform, type RecordStore, Sotto } from '../client/index.ts';
import { nodePlatform, openNodeStore } from '../client/node.ts';
import { settle } from './chat/account.ts';
import { HELP, parseArguments } from './chat/arguments.ts';
import { CALL_COMMANDS } from './chat/call-commands.ts';
import { CallScreen } from './chat/call-screen.ts';
import { COMMANDS } from './chat/commands.ts';
import { Names } from './chat/names.ts';
import { Screen } from './chat/screen.ts';
import { Session } from './chat/session.ts';
import { terminalMedia } from './chat/test-picture.ts';

/** Lines of the terminal, one reader at a time. */
function openTerminal() {
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  const print = (line: string) => console.log(line);
  const next = async () => (await lines.next()).value ?? '/quit';
  return { print, next, confirm: async () => (await next()).trim() === '/yes', close: () => input.close() };
}

function platformVia(via: string | undefined): Platform {
  if (via === undefined) return nodePlatform;
  return { ...nodePlatform, openSocket: (_, protocols, handlers) => nodePlatform.openSocket(via, protocols, handlers) };
}

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const terminal = openTerminal();
  const store = await openNodeStore(options.directory);
  try {
    const platform = platformVia(options.via);
    if (!(await hasAccount(store)) && !(await settle(store, platform, options, terminal))) return;
    await talk(
      await Sotto.open({ endpoint: options.url, store, platform, calls: { media: terminalMedia() } }),
      store,
      terminal,
    );
  } finally {
    terminal.close();
    await store.close();
  }
}

async function talk(client: Sotto, store: RecordStore, terminal: ReturnType<typeof openTerminal>): Promise<void> {
  const names = await Names.load(store);
  const session = new Session({ client, names, print: terminal.print, commands: { ...COMMANDS, ...CALL_COMMANDS } });
  const screen = new Screen(client, names, terminal.print);
  new CallScreen(client, names, terminal.print).begin();
  // As if the input had ended: what rings or runs is hung up, and the store is closed. A second signal ends the program at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, terminal.close);
  client.onNotice((notice) => terminal.print(`! ${notice.kind}: see /notices`));
  client.onState(({ kind }) => terminal.print(`* ${kind}`));
  for (const { account } of await client.conversations.list()) screen.refresh(account);
  terminal.print(`* this is device ${client.device} of ${client.account.slice(0, 8)}; /help says what can be typed`);
  for (let line = await terminal.next(); line.trim() !== '/quit'; line = await terminal.next())
    await session.take(line);
  await client.close();
}

await main();
// The store is closed, and nothing waits. Left to end by itself, Node takes WebRTC apart and crashes in it.
process.exit();
