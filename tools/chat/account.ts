import { createAccount, joinAccount, type Platform, type RecordStore } from '../../client/index.ts';
import type { ChatArguments } from './arguments.ts';

export interface Terminal {
  print(line: string): void;
  /** Resolves with what is answered next: true for /yes. */
  confirm(): Promise<boolean>;
}

/** Puts an account into an empty store: a new one, or with --join one that there is. False: the person did not want it. */
export async function settle(
  store: RecordStore,
  platform: Platform,
  options: ChatArguments,
  terminal: Terminal,
): Promise<boolean> {
  const place = { endpoint: options.url, store, platform };
  if (!options.join) {
    const { phrase } = await createAccount(place, options.invite);
    terminal.print('* a new account. Write these two lines on paper; they bring it back when this device is lost:');
    for (const line of phrase.split('\n')) terminal.print(`*   ${line}`);
    return true;
  }
  return joinAccount(place, {
    name: options.name,
    showCode: (code) => terminal.print(`* on your other device type: /link ${code}`),
    agree({ account, shortCode }) {
      terminal.print(`* join account ${account.slice(0, 8)}? Your other device must show ${shortCode}. /yes or /no`);
      return terminal.confirm();
    },
  });
}
