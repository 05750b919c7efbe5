// A process that writes batches as fast as it can and says which ones the store has promised to keep, until it is killed.

import { openNodeStore } from '../../client/storage/node-store.ts';

const [directory = ''] = process.argv.slice(2);
const store = await openNodeStore(directory);
const [last] = await store.range('log', { group: 'log', reverse: true, limit: 1 });
for (let n = (last?.key.order ?? 0) + 1; ; n++) {
  const value = new TextEncoder().encode(`batch ${n}`);
  // Many records: a batch that is not one write takes long enough to be caught half done.
  const copies = Array.from(
    { length: 50 },
    (_, i) => ({ put: 'copies', key: { group: 'g', order: i }, value }) as const,
  );
  await store.batch([{ put: 'log', key: { group: 'log', order: n }, value }, ...copies]);
  process.stdout.write(`${n}\n`);
}
