import {
  CallError,
  ConversationError,
  IdentityError,
  LinkError,
  type MessageView,
  ProtocolError,
  type Sotto,
} from '../../client/index.ts';
import { ChatError } from './chat-error.ts';
import type { Names } from './names.ts';

/** Something that can be typed after a slash. */
export interface Command {
  readonly usage: string;
  readonly does: string;
  run(session: Session, words: readonly string[]): Promise<void>;
}

export interface SessionOptions {
  readonly client: Sotto;
  readonly names: Names;
  readonly print: (line: string) => void;
  /** By name. */
  readonly commands: Readonly<Record<string, Command>>;
}

/** A person at a terminal: each line is a command, an answer to a question, or something to send. */
export class Session {
  readonly client: Sotto;
  readonly names: Names;
  readonly print: (line: string) => void;
  readonly #commands: Readonly<Record<string, Command>>;
  #current: string | undefined;
  #answer: ((yes: boolean) => Promise<void>) | undefined;

  constructor({ client, names, print, commands }: SessionOptions) {
    this.client = client;
    this.names = names;
    this.print = print;
    this.#commands = commands;
  }

  async take(line: string): Promise<void> {
    try {
      await this.#take(line.trim());
    } catch (error) {
      this.print(`? ${reasonOf(error)}`);
    }
  }

  writeTo(account: string): void {
    this.#current = account;
  }

  /** Whom the person writes to. @throws ChatError */
  current(): string {
    if (!this.#current) throw new ChatError('nobody to write to: /add LINK NAME, /to NAME or /accept NAME');
    return this.#current;
  }

  /** The account that is called so. @throws ChatError */
  async find(name: string): Promise<string> {
    const accounts = (await this.client.conversations.list()).map(({ account }) => account);
    const account = this.names.find(name, accounts);
    if (!account) throw new ChatError(`nobody is called ${name}`);
    return account;
  }

  /** The last text in the conversation that fits. @throws ChatError */
  async last(fits: (message: MessageView) => boolean = () => true): Promise<MessageView> {
    const messages = await this.client.conversations.messages(this.current());
    const found = messages.findLast((message) => message.kind === 'text' && fits(message));
    if (!found) throw new ChatError('there is no such message');
    return found;
  }

  /** The next /yes or /no is the answer. */
  ask(answer: (yes: boolean) => Promise<void>): void {
    this.#answer = answer;
  }

  async #take(line: string): Promise<void> {
    if (line === '') return;
    if (line === '/help') return this.#help();
    if (line === '/yes' || line === '/no') return this.#decide(line === '/yes');
    if (!line.startsWith('/')) return void (await this.client.conversations.send(this.current(), line));
    const [name = '', ...words] = line.slice(1).split(/\s+/);
    const command = this.#commands[name];
    if (!command) throw new ChatError(`no command /${name}: see /help`);
    await command.run(this, words);
  }

  async #decide(yes: boolean): Promise<void> {
    const answer = this.#answer;
    this.#answer = undefined;
    if (!answer) throw new ChatError('nothing was asked');
    await answer(yes);
  }

  #help(): void {
    for (const { usage, does } of Object.values(this.#commands)) this.print(`  ${usage.padEnd(24)} ${does}`);
    this.print(`  ${'/quit'.padEnd(24)} end; what was not sent is sent next time`);
  }
}

/** Errors of the SDK have codes that say enough; a defect has its own text. */
function reasonOf(error: unknown): string {
  const isSaid = [ChatError, RangeError, ConversationError, CallError].some((kind) => error instanceof kind);
  if (isSaid && error instanceof Error) return error.message;
  const isCoded = error instanceof ProtocolError || error instanceof IdentityError || error instanceof LinkError;
  return isCoded ? error.code : String(error);
}
