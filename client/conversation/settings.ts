// What a person lets others know. All own devices follow.

import type { ContentOf } from './content.ts';
import type { Letter } from './courier.ts';
import { SETTINGS_KEY, type SettingsRecord, settings } from './records.ts';
import { newHead, post, type Work } from './work.ts';

export const DEFAULT_SETTINGS: SettingsRecord = {
  deliveryReceipts: true,
  readReceipts: true,
  typing: true,
  revision: 0,
};

export type Privacy = Omit<SettingsRecord, 'revision'>;

export async function loadSettings({ ledger }: Pick<Work, 'ledger'>): Promise<SettingsRecord> {
  return (await ledger.get(settings, SETTINGS_KEY)) ?? DEFAULT_SETTINGS;
}

export async function changeSettings(work: Work, change: Partial<Privacy>): Promise<void> {
  const before = await loadSettings(work);
  const next = { ...before, ...change, revision: before.revision + 1 };
  work.ledger.put(settings, SETTINGS_KEY, next);
  await saySettings(work);
}

/** Tells own devices what holds here. */
export async function saySettings(work: Work, options: Partial<Letter> = {}): Promise<void> {
  const { deliveryReceipts, readReceipts, typing, revision } = await loadSettings(work);
  const head = await newHead(work, work.courier.account);
  post(work, { ...head, type: 'settings', deliveryReceipts, readReceipts, typing, revision }, options);
}

/** Another own device's change. Of two that were made at once, what tells others less counts. */
export async function followSettings(
  work: Work,
  { deliveryReceipts, readReceipts, typing, revision }: ContentOf<'settings'>,
): Promise<void> {
  const other = { deliveryReceipts, readReceipts, typing, revision };
  const before = await loadSettings(work);
  if (revision < before.revision) return;
  work.ledger.put(settings, SETTINGS_KEY, revision > before.revision ? other : quieter(before, other));
}

const quieter = (one: SettingsRecord, other: SettingsRecord): SettingsRecord => ({
  deliveryReceipts: one.deliveryReceipts && other.deliveryReceipts,
  readReceipts: one.readReceipts && other.readReceipts,
  typing: one.typing && other.typing,
  revision: one.revision,
});
