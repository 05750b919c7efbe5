import type { CallHandover, CallSignal, HandoverFields, SignalFields } from './call-content.ts';
import type { CallEar, CallTold } from './call-ear.ts';
import type { CallFacts } from './call-entry.ts';
import { recordCall, type Telling } from './call-log.ts';
import { CONTENT, type Content } from './content.ts';
import { ConversationError, loadConversation, writableConversation } from './conversation.ts';
import { conversationId } from './conversation-id.ts';
import type { SignalOutcome } from './courier.ts';
import type { Desk } from './desk.ts';
import type { Timer } from './timer.ts';
import { type Head, letterOf, newHead } from './work.ts';

/** What calls need of conversations: signals to single devices and back, and the entries that stay. */
export class ConversationCalls {
  readonly #desk: Desk;
  readonly #ear: CallEar;

  constructor(desk: Desk, ear: CallEar) {
    this.#desk = desk;
    this.#ear = ear;
  }

  /**
   * What devices of accepted accounts, and own ones, say to this device: from the device that it names, each once, and in the order of arrival. The function
   * returned stops it.
   */
  onTold(listener: (told: CallTold) => void): () => void {
    return this.#ear.onTold(listener);
  }

  /** For a call that begins: the id of its entry, and the timer it will have. Whoever calls somebody accepts them. @throws ConversationError blocked */
  begin(account: string): Promise<{ readonly entry: string; readonly timer: Timer }> {
    return this.#desk.update(async (work) => {
      const { timer } = await writableConversation(work, account);
      return { entry: (await newHead(work, account)).id, timer };
    });
  }

  /**
   * Says something to one device of an accepted account, see {@link Courier.signal}.
   *
   * @param expires milliseconds since 1970 by the server's clock @throws ConversationError invalid-content
   */
  say(
    to: { readonly account: string; readonly device: number },
    said: SignalFields,
    options: { readonly urgent: boolean; readonly expires: number },
  ): Promise<SignalOutcome> {
    const devices = { fromDevice: this.#desk.courier.device, toDevice: to.device };
    return this.#signal(to, to.account, options, (head) => ({ ...head, ...said, ...devices }));
  }

  /** Asks an own device to go on with a call. @throws ConversationError invalid-content */
  handOver(device: number, handover: HandoverFields, expires: number): Promise<SignalOutcome> {
    const { account, device: fromDevice } = this.#desk.courier;
    const devices = { fromDevice, toDevice: device };
    return this.#signal({ account, device }, handover.peer, { urgent: true, expires }, (head) => ({
      ...{ ...head, type: 'call-handover', ...handover, ...devices },
    }));
  }

  /**
   * Lists a call in its conversation, or what has become of it. An outcome other than `ongoing` means that it is over: the time of the entry starts.
   *
   * @throws ConversationError unknown-conversation, not-allowed
   */
  record(call: CallFacts & { readonly call: string }, telling: Telling): Promise<void> {
    return this.#desk.update((work) => recordCall(work, call, telling));
  }

  async #signal(
    { account: to, device }: { readonly account: string; readonly device: number },
    peer: string,
    { urgent, expires }: { readonly urgent: boolean; readonly expires: number },
    contentOf: (head: Head) => CallSignal | CallHandover,
  ): Promise<SignalOutcome> {
    const { courier } = this.#desk;
    const content = await this.#desk.update(async (work) => {
      const isAccepted = (await loadConversation(work, peer))?.standing === 'accepted';
      return isAccepted ? inOrder(contentOf(await newHead(work, to)), courier.account) : undefined;
    });
    if (!content) return 'undeliverable';
    const { id, payload } = letterOf(content, courier.account);
    const conversation = conversationId(courier.account, peer);
    return courier.signal({ id, to, device, conversation, payload, urgent, expires });
  }
}

/** With the keys in their order, whatever order they were given in: payloads have one form only. */
function inOrder(content: CallSignal | CallHandover, account: string): Content {
  const parsed = CONTENT[content.to === account ? 'own' : 'peer'].safeParse(content);
  if (!parsed.success) throw new ConversationError('invalid-content', 'this cannot be said about a call');
  return parsed.data;
}
