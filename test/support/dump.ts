import type { MemoryBackend, MemoryKeyPlace } from '../../client/storage/memory-store.ts';
import { openStore } from '../../client/storage/open-store.ts';

/** Every record of a store, whoever wrote it, decrypted with the store's own key, as lines of text. */
export async function dumpStore(parts: { backend: MemoryBackend; keyPlace: MemoryKeyPlace }): Promise<string> {
  const collections = [...parts.backend.entries.keys()].flatMap((key) => /^([a-z][a-z-]*)\//.exec(key)?.[1] ?? []);
  const store = await openStore(parts);
  const all = await Promise.all([...new Set(collections)].map((name) => store.range(name, { limit: 10_000 })));
  return all
    .flat()
    .map(({ key, value }) => `${JSON.stringify(key)} ${readable(value)}`)
    .toSorted()
    .join('\n');
}

/** Bytes in JSON are in base64url: what they spell is shown as well. */
function readable(value: Uint8Array): string {
  const text = Buffer.from(value).toString();
  const spelled = [...text.matchAll(/"([A-Za-z0-9_-]{8,})"/g)].map(([, one = '']) =>
    Buffer.from(one, 'base64url').toString(),
  );
  return [text, ...spelled].join(' ').replaceAll('\n', ' ');
}
