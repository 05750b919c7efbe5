import type * as z from 'zod/mini';
import { fromUtf8, utf8 } from '../../shared/protocol/bytes.ts';
import type { RangeOptions, RecordKey, RecordReader, RecordWrite } from '../storage/record-store.ts';

/** Records of one kind: JSON of what the schema describes. */
export interface Collection<Value> {
  readonly name: string;
  readonly schema: z.ZodMiniType<Value>;
}

export interface Entry<Value> {
  readonly key: Required<RecordKey>;
  readonly value: Value;
}

/** What one update of the store reads and is going to write. Later reads of a record see what was put before. */
export class Ledger {
  readonly #read: RecordReader;
  readonly #writes = new Map<string, RecordWrite>();
  readonly #others: RecordWrite[] = [];
  /** Conversations that a person sees differently afterwards. */
  readonly touched = new Set<string>();

  constructor(read: RecordReader) {
    this.#read = read;
  }

  get writes(): readonly RecordWrite[] {
    return [...this.#writes.values(), ...this.#others];
  }

  /** Whether letters were added. */
  get hasLetters(): boolean {
    return this.#others.length > 0;
  }

  /** The smallest order of the records put into a collection; undefined when there are none. */
  earliest({ name }: Collection<unknown>): number | undefined {
    const orders = [...this.#writes.values()].flatMap((write) =>
      'put' in write && write.put === name ? [write.key.order ?? 0] : [],
    );
    return orders.length === 0 ? undefined : Math.min(...orders);
  }

  async get<Value>(collection: Collection<Value>, key: RecordKey): Promise<Value | undefined> {
    const written = this.#writes.get(slot(collection.name, key));
    if (written) return 'put' in written ? decode(collection, written.value) : undefined;
    return readRecord(this.#read, collection, key);
  }

  put<Value>(collection: Collection<Value>, key: RecordKey, value: Value): void {
    const write = { put: collection.name, key, value: utf8(JSON.stringify(value)) };
    this.#writes.set(slot(collection.name, key), write);
  }

  delete(collection: Collection<unknown>, key: RecordKey): void {
    this.#writes.set(slot(collection.name, key), { delete: collection.name, key });
  }

  /** Writes of others that belong into the same batch. */
  add(writes: readonly RecordWrite[]): void {
    this.#others.push(...writes);
  }

  /** A page as it was before this update: what it writes is not in it. */
  range<Value>(collection: Collection<Value>, options: RangeOptions): Promise<Entry<Value>[]> {
    return readRange(this.#read, collection, options);
  }
}

export async function readRecord<Value>(
  read: RecordReader,
  collection: Collection<Value>,
  key: RecordKey,
): Promise<Value | undefined> {
  const value = await read.get(collection.name, key);
  return value && decode(collection, value);
}

export async function readRange<Value>(
  read: RecordReader,
  collection: Collection<Value>,
  options: RangeOptions,
): Promise<Entry<Value>[]> {
  const records = await read.range(collection.name, options);
  return records.map(({ key, value }) => ({ key, value: decode(collection, value) }));
}

/** @throws when the record is none that {@link Ledger.put} wrote: a defect, or a store of another version */
function decode<Value>({ schema }: Collection<Value>, value: Uint8Array): Value {
  return schema.parse(JSON.parse(fromUtf8(value) ?? ''));
}

const slot = (collection: string, { group, order = 0, name = '' }: RecordKey): string =>
  JSON.stringify([collection, group, order, name]);
