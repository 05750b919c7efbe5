import { Listeners } from '../transport/listeners.ts';
import { CallEar } from './call-ear.ts';
import { closeOngoing } from './call-log.ts';
import { ConversationError, decide, loadConversation, saveConversation, setTimer } from './conversation.ts';
import { ConversationCalls } from './conversation-calls.ts';
import type { Recipient } from './courier.ts';
import { Desk, type DeskOptions } from './desk.ts';
import { introduce } from './introduction.ts';
import { readRecord } from './ledger.ts';
import { edit, type Pointer, react, say, takeBack, wasAccepted, wasRefused, write } from './outgoing.ts';
import { readUpTo } from './reading.ts';
import { receive } from './receive.ts';
import { type ConversationRecord, conversations, type Draft, SETTINGS_KEY, settings } from './records.ts';
import { askAgain } from './resends.ts';
import { changeSettings, DEFAULT_SETTINGS, loadSettings, type Privacy } from './settings.ts';
import type { TimerSeconds } from './timer.ts';
import { TypingBoard } from './typing.ts';
import {
  type ConversationView,
  type MessageView,
  type Page,
  viewConversation,
  viewConversations,
  viewMessages,
} from './views.ts';
import { letterOf, newHead, type Work } from './work.ts';

/**
 * The conversations of one device. Every method that changes something resolves when the change is durable; sending goes on in the
 * background, also after the program was ended and started again. Accounts and messages are named by their ids.
 */
export class Conversations {
  /** What calls say and leave behind. For the part that makes calls; what an application sees of one is in {@link messages}. */
  readonly calls: ConversationCalls;
  readonly #desk: Desk;
  readonly #typing: TypingBoard;
  readonly #ear: CallEar;
  readonly #changes: Listeners<string>;

  private constructor(desk: Desk, typing: TypingBoard, ear: CallEar, changes: Listeners<string>) {
    this.calls = new ConversationCalls(desk, ear);
    this.#desk = desk;
    this.#typing = typing;
    this.#ear = ear;
    this.#changes = changes;
  }

  /** Erases what is past its deadline, and only then answers and begins to receive. */
  static async open(options: DeskOptions): Promise<Conversations> {
    const changes = new Listeners<string>();
    const typing = new TypingBoard(options.platform, (account) => changes.tell(account));
    const desk = await Desk.open(options, (touched) => {
      for (const account of touched) changes.tell(account);
    });
    const ear = new CallEar(() => options.courier.serverTime());
    await desk.update(closeOngoing);
    options.courier.start(recipient(desk, typing, ear));
    return new Conversations(desk, typing, ear, changes);
  }

  /** Each change of a conversation, by its account: look again. The function returned stops it. */
  onChange(listener: (account: string) => void): () => void {
    return this.#changes.add(listener);
  }

  /** All of them, requests and blocked ones too; the one last written in first. */
  list(): Promise<ConversationView[]> {
    return viewConversations(this.#desk.store, this.#desk.shown);
  }

  async get(account: string): Promise<ConversationView | undefined> {
    const record = await readRecord(this.#desk.store, conversations, { group: account });
    return record && viewConversation(this.#desk.store, record, this.#desk.shown);
  }

  /** A page of messages, the oldest first; without `before` the last ones. An empty page is the beginning. */
  messages(account: string, page: Page = {}): Promise<MessageView[]> {
    return viewMessages(this.#desk.store, account, page, this.#desk.shown);
  }

  isTyping(account: string): boolean {
    return this.#typing.has(account);
  }

  /** @returns the id of the message @throws ConversationError `blocked`, `invalid-content`, `unknown-message` */
  async send(account: string, text: string, { reply }: { readonly reply?: Pointer } = {}): Promise<string> {
    const { id } = await this.#desk.update((work) => write(work, account, text, reply));
    return id;
  }

  /** Within a day of writing. @throws ConversationError `not-allowed`, and as {@link send} */
  edit(account: string, id: string, text: string): Promise<void> {
    return this.#desk.update((work) => edit(work, account, id, text));
  }

  /** @param emoji null takes the reaction back @throws ConversationError as {@link send} */
  react(account: string, message: Pointer, emoji: string | null): Promise<void> {
    return this.#desk.update((work) => react(work, account, message, emoji));
  }

  /** Takes an own message back, for everybody. @throws ConversationError as {@link send} */
  delete(account: string, id: string): Promise<void> {
    return this.#desk.update((work) => takeBack(work, account, id));
  }

  /** For both people and all messages from now on. @throws ConversationError `blocked` */
  setTimer(account: string, seconds: TimerSeconds): Promise<void> {
    return this.#desk.update(async (work) => say(work, await setTimer(work, account, seconds), null));
  }

  /** A person has seen everything written up to this time (default: everything). Their timers start. */
  async markRead(account: string, upTo: number = Number.MAX_SAFE_INTEGER - 1): Promise<void> {
    while (await this.#desk.update((work) => readUpTo(work, account, upTo)));
  }

  /** Takes part in a conversation, a request or one that was blocked. Needed only before anything is written. */
  async accept(account: string): Promise<void> {
    await this.#desk.update((work) => decide(work, account, 'accepted'));
  }

  /** Tells an own device that is new whom a person has accepted and blocked, and what is told to others: to it, all of them would be strangers. */
  introduce(device: number): Promise<void> {
    return this.#desk.update((work) => introduce(work, device));
  }

  /** Nothing of this account is taken in from now on, and nothing is sent to it: it does not learn of it. */
  async block(account: string): Promise<void> {
    await this.#desk.update((work) => decide(work, account, 'blocked'));
    this.#typing.set(account, false);
  }

  /** On this device only. @param until milliseconds since 1970; 0 ends it */
  mute(account: string, until: number): Promise<void> {
    return this.#desk.update((work) => amend(work, account, { mutedUntil: until }));
  }

  /** Keeps what a person is writing. What it changes or answers goes out of it when that goes. */
  setDraft(account: string, draft: Draft | null): Promise<void> {
    return this.#desk.update((work) => amend(work, account, { draft }));
  }

  /** Tells the other side, if that is on, that somebody is writing. To be repeated every few seconds. */
  async setTyping(account: string, active: boolean): Promise<void> {
    const head = await this.#desk.update(async (work) => {
      const record = await loadConversation(work, account);
      const isTold = (await loadSettings(work)).typing && record?.standing === 'accepted';
      return isTold ? newHead(work, account) : undefined;
    });
    if (!head) return;
    const { courier } = this.#desk;
    courier.whisper({ ...letterOf({ ...head, type: 'typing', active }, courier.account), expires: 0 });
  }

  async settings(): Promise<Privacy> {
    const { deliveryReceipts, readReceipts, typing } =
      (await readRecord(this.#desk.store, settings, SETTINGS_KEY)) ?? DEFAULT_SETTINGS;
    return { deliveryReceipts, readReceipts, typing };
  }

  changeSettings(change: Partial<Privacy>): Promise<void> {
    return this.#desk.update((work) => changeSettings(work, change));
  }

  /** Looks at the clock again. To be called when the server has said a time, and when the device wakes up. */
  tick(): void {
    this.#desk.tick();
    this.#ear.tick();
  }

  /** Ends timers. The store and the courier are closed by who opened them. */
  close(): void {
    this.#desk.close();
    this.#typing.clear();
  }
}

function recipient(desk: Desk, typing: TypingBoard, ear: CallEar): Recipient {
  return {
    received: (delivered, read) =>
      desk.decide(
        read,
        (work) => receive(work, delivered),
        (told) => {
          if (told?.kind === 'typing') typing.set(told.account, told.active);
          else if (told) ear.hear(told);
        },
      ),
    undecryptable: (lost, read) => desk.decide(read, (work) => askAgain(work, lost)),
    accepted: (letter, read) => desk.decide(read, (work) => wasAccepted(work, letter)),
    refused: (letter, read) => desk.decide(read, (work) => wasRefused(work, letter)),
  };
}

async function amend(
  work: Work,
  account: string,
  change: Partial<Pick<ConversationRecord, 'mutedUntil' | 'draft'>>,
): Promise<void> {
  const record = await loadConversation(work, account);
  if (!record) throw new ConversationError('unknown-conversation', 'there is no such conversation');
  saveConversation(work, { ...record, ...change });
}
