import { createAccount, openMemoryStore, Sotto } from '../client/index.ts';
import { nodePlatform } from '../client/node.ts';

const endpoint = process.env.SOTTO_ENDPOINT ?? 'ws://127.0.0.1:8787/sotto';

/** A new account and its first device, connected. */
async function join(): Promise<Sotto> {
  const options = { endpoint, store: await openMemoryStore(), platform: nodePlatform };
  const { phrase } = await createAccount(options);
  // For paper: with it the account can be recovered. It is stored nowhere.
  console.log(`recovery phrase\n${phrase}\n`);
  return Sotto.open(options);
}

/** Resolves when the conversation with `account` shows this text. */
function shows(me: Sotto, account: string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = async () => {
      const messages = await me.conversations.messages(account);
      if (messages.some((message) => message.text === text)) resolve();
    };
    me.conversations.onChange(look);
    void look();
  });
}

const alice = await join();
const bob = await join();

// Alice has Bob's link from Bob himself, for instance as a QR code. It names his account by its keys: the server cannot put somebody else there.
const bobsAccount = await alice.addContact(bob.contactLink);
await alice.conversations.setTimer(bobsAccount, 60);
await alice.conversations.send(bobsAccount, 'Nobody else can read this, and in a minute nobody can.');

// To Bob she is a stranger: he finds her among the requests, and accepts.
await shows(bob, alice.account, 'Nobody else can read this, and in a minute nobody can.');
await bob.addContact(alice.contactLink);
await bob.conversations.markRead(alice.account);
await bob.conversations.send(alice.account, 'Are you sure that it is you?');
await shows(alice, bobsAccount, 'Are you sure that it is you?');

// Both read sixty digits to each other. Equal on both sides: nobody stands between them.
const seenByAlice = (await alice.contact(bobsAccount))?.safetyNumber;
const seenByBob = (await bob.contact(alice.account))?.safetyNumber;
console.log(`safety number\n${seenByAlice}\n${seenByAlice === seenByBob ? 'equal on both sides' : 'NOT EQUAL'}\n`);

for (const { text, deadline } of await bob.conversations.messages(alice.account)) {
  console.log(deadline ? `${text}  (gone at ${new Date(deadline).toLocaleTimeString()})` : text);
}
alice.close();
bob.close();
