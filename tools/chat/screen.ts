import type { ConversationView, MessageView, Sotto } from '../../client/index.ts';
import { callText } from './call-text.ts';
import type { Names } from './names.ts';

/** How many messages are kept in view of each conversation. */
const IN_VIEW = 50;

/** Shows what happens in conversations, line by line: what comes, what changes, and what disappears. */
export class Screen {
  readonly #client: Sotto;
  readonly #names: Names;
  readonly #print: (line: string) => void;
  readonly #shown = new Map<string, Map<string, string>>();
  #turn: Promise<void> = Promise.resolve();

  constructor(client: Sotto, names: Names, print: (line: string) => void) {
    this.#client = client;
    this.#names = names;
    this.#print = print;
    client.conversations.onChange((account) => this.refresh(account));
  }

  /** Shows what is new in a conversation. Requests are only named: what strangers write is not shown until they are accepted. */
  refresh(account: string): void {
    this.#turn = this.#turn.then(() => this.#refresh(account)).catch(() => {});
  }

  async #refresh(account: string): Promise<void> {
    const conversation = await this.#client.conversations.get(account);
    if (!conversation || conversation.standing === 'blocked') return;
    if (conversation.standing === 'request') return this.#announce(conversation);
    const messages = await this.#client.conversations.messages(account, { limit: IN_VIEW });
    const before = this.#shown.get(account) ?? new Map<string, string>();
    const now = new Map(messages.map((message) => [message.id, this.#line(message)]));
    this.#shown.set(account, now);
    for (const [id, line] of now) if (before.get(id) !== line) this.#print(line);
    const oldest = messages[0]?.id ?? '';
    for (const [id, line] of before) if (!now.has(id) && (now.size === 0 || id > oldest)) this.#print(gone(line));
    if (conversation.unread > 0) await this.#client.conversations.markRead(account);
  }

  #announce({ account, unread }: ConversationView): void {
    this.#print(
      `* ${this.#names.of(account)} wants to write to you (${unread}): /accept or /block ${this.#names.of(account)}`,
    );
  }

  #line({ author, kind, text, call, edited, reply, reactions, state, deadline }: MessageView): string {
    const who = author === this.#client.account ? 'you' : this.#names.of(author);
    if (call) return `${who}: ${callText(call)}`;
    if (kind !== 'text') return `${who}: (${kind})`;
    const quote = reply ? ` [answers: ${reply.text ?? 'a message that is gone'}]` : '';
    const marks = reactions.map(({ emoji }) => ` ${emoji}`).join('');
    const fate = [edited ? 'edited' : '', state === 'failed' ? 'not sent' : '', deadline ? 'disappears' : ''];
    const notes = fate.filter(Boolean).join(', ');
    return `${who}: ${text}${quote}${marks}${notes ? `  (${notes})` : ''}`;
  }
}

const gone = (line: string): string => `- ${line.split(':')[0]}: a message disappeared`;
