// What the page of the transport tests can do. Runs in a browser.

import { openMemoryStore } from '../../client/storage/memory-store.ts';
import { browserPlatform } from '../../client/transport/browser-platform.ts';
import { TIMINGS } from '../../client/transport/timings.ts';
import { Transport } from '../../client/transport/transport.ts';

interface Device {
  readonly account: string;
  readonly device: number;
  readonly registration: number;
}

const told: string[] = [];
let transport: Transport | undefined;

/** @param quick wait hardly at all before connecting again */
export async function connect(endpoint: string, device: Device, secret: number, quick = false): Promise<void> {
  const credentials = { ...device, connectSecret: new Uint8Array(32).fill(secret) };
  const timings = quick ? { ...TIMINGS, backoffBase: 20, backoffCap: 40 } : TIMINGS;
  const store = await openMemoryStore();
  transport = new Transport({ endpoint, device: credentials, store, platform: browserPlatform, timings });
  transport.onState((state) => told.push(state.kind === 'refused' ? `refused: ${state.reason}` : state.kind));
  transport.onPullDue((cause) => told.push(`pull: ${cause}`));
}

export const hello = async (): Promise<string | undefined> => (await transport?.request('hello', {}))?.admission;
/** What the transport has told, in order. */
export const whatWasTold = (): readonly string[] => told;
export const close = (): void => transport?.close();
