// The selections of every conversation, kept for both accounts: what is held, and the versions that led to it, for whoever is behind.

import * as z from 'zod/mini';
import { constantTimeEqual } from '../../shared/protocol/bytes.ts';
import type { Device } from '../../shared/trust/device-list.ts';
import type { RecordReader, RecordStore } from '../storage/record-store.ts';
import { readKnown } from './account-book.ts';
import { decodeJson, encodeJson } from './json-record.ts';
import { deviceOf } from './known-account.ts';
import { isSelected, mergeSelections, nextSelection, selectedDevices, selectionHash } from './selection.ts';
import { type Selection, selection } from './views.ts';

/** Versions that are offered to somebody who is behind. Who is further behind ends with the intersection. */
const VERSIONS_KEPT = 16;
const schema = z.array(selection).check(z.minLength(1), z.maxLength(VERSIONS_KEPT));

export interface SelectionView {
  readonly version: number;
  readonly hash: Uint8Array;
}

export class SelectionBook {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** What is held; undefined while nothing is known. */
  async current(conversation: string, account: string): Promise<Selection | undefined> {
    return (await readVersions(this.#store, conversation, account)).at(-1);
  }

  /** What is held, and what led to it as far as it is kept; the latest last. Empty while nothing is known. */
  versions(conversation: string, account: string): Promise<readonly Selection[]> {
    return readVersions(this.#store, conversation, account);
  }

  /** The devices of the account's accepted list that take part. */
  async devices(conversation: string, account: string): Promise<readonly Device[]> {
    const known = await readKnown(this.#store, account);
    return selectedDevices(await this.current(conversation, account), known?.pinned.content.devices ?? []);
  }

  async view(conversation: string, account: string): Promise<SelectionView | null> {
    const current = await this.current(conversation, account);
    return current ? { version: current.version, hash: selectionHash(conversation, account, current) } : null;
  }

  /** Whether somebody who holds `theirs` holds what this device does. While nothing is known there is nothing to differ from. */
  async agrees(conversation: string, account: string, theirs: SelectionView | null): Promise<boolean> {
    const ours = await this.view(conversation, account);
    return ours === null || (theirs !== null && constantTimeEqual(theirs.hash, ours.hash));
  }

  /** The person's own choice, on a device that takes part. The list's entries are meant as they are now. */
  async choose(conversation: string, account: string, ids: readonly number[]): Promise<void> {
    await this.#change(conversation, account, async (versions, read) => {
      const known = await readKnown(read, account);
      const chosen = known?.pinned.content.devices.filter(({ id }) => ids.includes(id)) ?? [];
      return [...versions, nextSelection((one) => selectionHash(conversation, account, one), versions.at(-1), chosen)];
    });
  }

  /** Fixes who takes part while nothing is known, so that a device linked later does not join by itself. */
  async begin(conversation: string, account: string): Promise<void> {
    await this.#change(conversation, account, async (versions, read) => {
      if (versions.length > 0) return versions;
      const known = await readKnown(read, account);
      const taking = selectedDevices(undefined, known?.pinned.content.devices ?? []);
      return [nextSelection((one) => selectionHash(conversation, account, one), undefined, taking)];
    });
  }

  /**
   * Takes what a device says about its own account.
   *
   * @param device the sender, whose message was authentic
   * @returns false when it does not take part, and so has no say
   */
  async take(conversation: string, account: string, device: number, offered: readonly Selection[]): Promise<boolean> {
    let taken = false;
    await this.#change(conversation, account, async (versions, read) => {
      const held = versions.at(-1);
      const known = await readKnown(read, account);
      const sender = known && deviceOf(known, device);
      if (!sender || !(held ? isSelected(held, sender) : sender.newConversations)) return versions;
      taken = true;
      const hashOf = (one: Selection) => selectionHash(conversation, account, one);
      const merged = mergeSelections(hashOf, held, offered);
      const isNew = merged && (!held || !constantTimeEqual(hashOf(merged), hashOf(held)));
      if (!isNew) return versions;
      const isOffered = offered.some((one) => constantTimeEqual(hashOf(one), hashOf(merged)));
      // The versions that lead there are known only when it is one of those offered.
      return isOffered ? [...offered] : [...versions, merged];
    });
    return taken;
  }

  #change(
    conversation: string,
    account: string,
    edit: (versions: readonly Selection[], read: RecordReader) => Promise<readonly Selection[]>,
  ): Promise<void> {
    return this.#store.update(async (read) => {
      const before = await readVersions(read, conversation, account);
      const after = await edit(before, read);
      if (after === before) return [];
      const value = encodeJson(schema, after.slice(-VERSIONS_KEPT));
      return [{ put: 'selections', key: keyOf(conversation, account), value }];
    });
  }
}

const keyOf = (conversation: string, account: string) => ({ group: conversation, name: account });

async function readVersions(read: RecordReader, conversation: string, account: string): Promise<readonly Selection[]> {
  const stored = await read.get('selections', keyOf(conversation, account));
  return stored ? decodeJson(schema, stored) : [];
}
