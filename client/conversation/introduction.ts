// What an own device that has just been linked has to know before anything is said to it: who is no stranger.

import { conversations } from './records.ts';
import { loadSettings, saySettings } from './settings.ts';
import { newHead, post, type Work } from './work.ts';

/** Conversations whose standing a new device is told; of the rest it hears when something is said in them. */
const MOST_TOLD = 1_000;

export async function introduce(work: Work, device: number): Promise<void> {
  const { ledger, courier } = work;
  for (const { value } of await ledger.range(conversations, { limit: MOST_TOLD })) {
    const { account: conversation, standing } = value;
    if (standing === 'request') continue;
    // Accepted by a message of another own device, it has no revision of its own.
    const revision = Math.max(1, value.revision);
    const head = await newHead(work, courier.account);
    post(work, { ...head, type: 'standing', conversation, standing, revision }, { devices: [device] });
  }
  if ((await loadSettings(work)).revision > 0) await saySettings(work, { devices: [device] });
}
