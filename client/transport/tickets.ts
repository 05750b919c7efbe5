import { u64 } from '../../shared/protocol/bytes.ts';
import { signDeviceTicket, signGuestTicket } from '../../shared/trust/ticket.ts';
import type { RecordStore } from '../storage/record-store.ts';
import type { ServerClock } from './server-clock.ts';

const SECRET_BYTES = 32;

/** What a device signs its tickets with. */
export interface DeviceCredentials {
  readonly account: string;
  readonly device: number;
  readonly registration: number;
  /** 32-byte seed of the device's Ed25519 connect key. */
  readonly connectSecret: Uint8Array;
}

/** A new ticket for every connection. @param endpoint the address of the deployment, to the letter as it is configured there */
export interface TicketSource {
  next(): Promise<string>;
}

/** Device tickets. A number is stored before it is used: no crash and no second tab can use one twice. */
export function deviceTickets(
  credentials: DeviceCredentials,
  endpoint: string,
  clock: ServerClock,
  store: RecordStore,
): TicketSource {
  const { account, device, registration, connectSecret } = credentials;
  return {
    async next() {
      const time = clock.now();
      const number = await nextNumber(store, time);
      return signDeviceTicket({ account, device, registration, time, number }, endpoint, connectSecret);
    },
  };
}

/** A guest's ticket, by a key made for it and forgotten. */
export function guestTicket(endpoint: string, clock: ServerClock): string {
  return signGuestTicket(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), endpoint, clock.now());
}

/** Numbers follow the clock, so that a store that was restored from an old copy does not fall behind what the server has seen. */
async function nextNumber(store: RecordStore, time: number): Promise<number> {
  const key = { group: 'ticket-number' };
  let number = 0;
  await store.update(async (read) => {
    const stored = await read.get('transport', key);
    const last = stored ? Number(new DataView(stored.buffer, stored.byteOffset).getBigUint64(0)) : 0;
    number = Math.max(last + 1, time);
    return [{ put: 'transport', key, value: u64(number) }];
  });
  return number;
}
