import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { changeBrowserPassphrase, openBrowserStore } from '../../../../client/storage/browser-store.ts';
import { IndexedDb } from '../../../../client/storage/indexed-db.ts';
import { acquireTabLock } from '../../../../client/storage/tab-lock.ts';
import { utf8 } from '../../../../shared/protocol/bytes.ts';

let name: string;
beforeEach(() => {
  name = crypto.randomUUID();
  return () => deleteDB(`sotto-store/${name}`);
});

const put = (value: string) => [{ put: 'notes', key: { group: 'g' }, value: utf8(value) }] as const;

describe('two tabs', () => {
  it('do not have the store open together', async () => {
    const first = await openBrowserStore(name);
    await expect(openBrowserStore(name)).rejects.toMatchObject({ code: 'IN_USE' });
    await expect(changeBrowserPassphrase(name, undefined, {})).rejects.toMatchObject({ code: 'IN_USE' });
    await first.batch(put('still mine'));
    await first.close();
    await (await openBrowserStore(name)).close();
  });

  it('hand the store over when the second asks: the first finishes, and the second finds what it wrote', async () => {
    const onTakenOver = vi.fn(() => first.batch(put('the last word')));
    const first = await openBrowserStore(name, { onTakenOver });
    const second = await openBrowserStore(name, { takeOver: true });
    expect(onTakenOver).toHaveBeenCalledOnce();
    expect(await second.get('notes', { group: 'g' })).toEqual(utf8('the last word'));
    await expect(first.batch(put('too late'))).rejects.toMatchObject({ code: 'CLOSED' });
    await second.close();
  });

  it('pass it on again and again', async () => {
    let last = await openBrowserStore(name);
    for (let i = 0; i < 5; i++) last = await openBrowserStore(name, { takeOver: true });
    await last.batch(put('the fifth'));
    await last.close();
  });

  it('lose it to the second when the first does not answer, and then write nothing', async () => {
    const database = `sotto-store/${name}`;
    const frozen = vi.fn();
    await acquireTabLock(database, { takeOver: false, onTakenOver: frozen });
    const first = await IndexedDb.open(database);
    await first.write([['notes/x', utf8('before')]]);
    const lock = await acquireTabLock(database, { takeOver: true, onTakenOver: () => {}, handOverMs: 20 });
    // Asked, and then told that it was taken.
    expect(frozen).toHaveBeenCalledTimes(2);
    const second = await IndexedDb.open(database, () => lock.release());
    await second.write([['notes/x', utf8('mine now')]]);
    await expect(first.write([['notes/x', utf8('a stale ratchet')]])).rejects.toMatchObject({ code: 'TAKEN_OVER' });
    await expect(first.keyPlace.remove()).rejects.toMatchObject({ code: 'TAKEN_OVER' });
    expect(new Uint8Array((await second.get('notes/x')) ?? [])).toEqual(utf8('mine now'));
    await Promise.all([first.close(), second.close()]);
  });

  it('let go of the lock when opening fails', async () => {
    await expect(openBrowserStore(name, { passphrase: '' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await (await openBrowserStore(name)).close();
    await expect(openBrowserStore(name, { passphrase: 'x' })).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    await (await openBrowserStore(name)).close();
  });

  it('tell when a later version of the program has been there', async () => {
    (await openDB(`sotto-store/${name}`, 99)).close();
    await expect(openBrowserStore(name)).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' });
    await expect(openBrowserStore(name)).rejects.toMatchObject({ code: 'UNKNOWN_VERSION' });
  });

  it('report what the browser refuses to write, and go on', async () => {
    const backend = await IndexedDb.open(`sotto-store/${name}`);
    onTestFinished(() => backend.close());
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementationOnce(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await expect(backend.write([['notes/x', utf8('1')]])).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    full.mockRestore();
    await backend.write([['notes/x', utf8('2')]]);
  });

  it('write nothing of a batch whose second write the browser refuses', async () => {
    const backend = await IndexedDb.open(`sotto-store/${name}`);
    onTestFinished(() => backend.close());
    const put = IDBObjectStore.prototype.put;
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      value,
      key,
    ) {
      if (key === 'notes/y') throw new DOMException('full', 'QuotaExceededError');
      return put.call(this, value, key);
    });
    const batch = backend.write([
      ['notes/x', utf8('1')],
      ['notes/y', utf8('1')],
    ]);
    await expect(batch).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    full.mockRestore();
    expect(await backend.get('notes/x')).toBeUndefined();
  });
});
