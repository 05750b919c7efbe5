// Whether this device rings. Kept on this device only: a laptop may be silent while the telephone is not.

import * as z from 'zod/mini';
import { utf8 } from '../../shared/protocol/bytes.ts';
import { type Collection, readRecord } from '../conversation/ledger.ts';
import type { RecordKey, RecordStore } from '../storage/record-store.ts';

const setting: Collection<boolean> = { name: 'ring-setting', schema: z.boolean() };
const KEY: RecordKey = { group: 'rings' };

export class RingSetting {
  readonly #store: RecordStore;
  #rings: boolean;

  private constructor(store: RecordStore, rings: boolean) {
    this.#store = store;
    this.#rings = rings;
  }

  static async load(store: RecordStore): Promise<RingSetting> {
    return new RingSetting(store, (await readRecord(store, setting, KEY)) ?? true);
  }

  get rings(): boolean {
    return this.#rings;
  }

  /** Resolves when it is durable. */
  async set(rings: boolean): Promise<void> {
    await this.#store.batch([{ put: setting.name, key: KEY, value: utf8(JSON.stringify(rings)) }]);
    this.#rings = rings;
  }
}
