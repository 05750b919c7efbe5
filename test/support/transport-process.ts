// A program that uses the transport and a store, closes both, and has nothing left to do: run as a process of its own to see that it ends.

import { openNodeStore } from '../../client/storage/node-store.ts';
import { nodePlatform } from '../../client/transport/node-platform.ts';
import { Transport } from '../../client/transport/transport.ts';
import { DEVICE } from './transport-fixture.ts';

const [endpoint = '', directory = ''] = process.argv.slice(2);
const store = await openNodeStore(directory);
const transport = new Transport({ endpoint, device: DEVICE, store, platform: nodePlatform });
await transport.request('message.pull', {});
transport.close();
await store.close();
