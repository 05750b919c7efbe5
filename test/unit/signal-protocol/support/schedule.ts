import type { Peer } from './peer.ts';
import type { SeededRandom } from './random.ts';
import { Wire } from './wire.ts';

export interface ConversationOptions {
  readonly random: SeededRandom;
  /** Messages to send in all. */
  readonly messages: number;
  readonly oneTime: boolean;
  /** Called now and then with the number of messages sent. */
  readonly onProgress?: (sent: number) => void;
}

/**
 * A conversation that `initiator` starts, over a network that loses, reorders and repeats, with restarts in between. Throws
 * if any message that arrives in time does not decrypt to what was sent, exactly once. Answers the number delivered.
 */
export async function converse(initiator: Peer, responder: Peer, options: ConversationOptions): Promise<number> {
  const { random, messages, oneTime } = options;
  const bundle = await responder.bundle({ oneTime });
  await initiator.trust(responder.address, bundle);
  await responder.trust(initiator.address, await initiator.bundle({ oneTime: false }));
  await initiator.start(responder.address, bundle);
  const there = new Wire(initiator, responder, random);
  const back = new Wire(responder, initiator, random);
  await there.send();
  await there.deliver();

  for (let sent = 1; sent < messages; sent++) {
    // Long turns as well as quick exchanges: chains of many messages, and many chains.
    const wire = random.chance(0.5) ? there : back;
    await wire.send();
    if (random.chance(0.7)) await wire.deliver();
    if (random.chance(0.5)) await there.deliver();
    if (random.chance(0.5)) await back.deliver();
    if (random.chance(0.08)) wire.lose();
    if (random.chance(0.02)) await wire.repeat();
    if (random.chance(0.05)) await (random.chance(0.5) ? initiator : responder).restart();
    if (sent % 1000 === 0) options.onProgress?.(sent);
  }
  await there.deliverAll();
  await back.deliverAll();
  return there.delivered + back.delivered;
}
