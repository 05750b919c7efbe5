import { sha256 } from '@noble/hashes/sha2.js';
import type { DevicePreKeys } from '../../shared/protocol/account.ts';
import type { RequestOf } from '../../shared/protocol/actions.ts';
import type { ProtocolError } from '../../shared/protocol/errors.ts';
import type { DeployedFunctions, TestConnection } from './deployed-functions.ts';
import { seededBytes, TestAccount, testKemPreKey, testSignedPreKey } from './identities.ts';

/** The contact token of everybody in these tests who has one. */
export const TOKEN = seededBytes('contact token', 16);
export const TOKEN_HASH = sha256(TOKEN);

export function devicePreKeys(account: TestAccount, device: number): DevicePreKeys {
  const keys = account.keys(device);
  return { device, signed: testSignedPreKey(keys), lastResort: testKemPreKey(keys) };
}

/** Somebody with an account and one connected device. */
export interface Person {
  readonly account: TestAccount;
  readonly connection: TestConnection;
}

/** Creates an account with one device and connects that. */
export async function signUp(functions: DeployedFunctions, seed: string): Promise<Person> {
  const account = new TestAccount(seed);
  const guest = await functions.guest();
  await guest.request('account.create', {
    list: account.list,
    prekeys: devicePreKeys(account, 1),
    tokens: [TOKEN_HASH],
  });
  return { account, connection: await functions.device(account, 1, 1) };
}

/** Publishes a list that adds one device, and connects it. */
export async function addDevice(
  functions: DeployedFunctions,
  { account, connection }: Person,
): Promise<TestConnection> {
  const list = account.publish({ add: 1 });
  const device = account.content.devices.find(({ added }) => added === account.content.sequence)?.id ?? 0;
  await connection.request('account.publish', { list, prekeys: [devicePreKeys(account, device)] });
  return functions.device(account, device, 1);
}

/** A UUIDv7 of a time; `label` makes it one of many. */
export function messageId(label: string, time = Date.now()): string {
  const stamp = time.toString(16).padStart(12, '0');
  const random = Buffer.from(seededBytes(label, 9)).toString('hex');
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** A message to devices of an account as its newest list has them. */
export function messageTo(
  account: TestAccount,
  devices: readonly number[],
  changes: Partial<Omit<RequestOf<'message.send'>, 'action' | 'id'>> = {},
): Omit<RequestOf<'message.send'>, 'action' | 'id'> {
  return {
    message: messageId('a message'),
    to: account.account,
    token: TOKEN,
    list: account.content.sequence,
    commitment: seededBytes('commitment'),
    ttl: 3_600,
    urgent: false,
    devices: devices.map((device) => ({
      device,
      registration: account.device(device).registration,
      type: 3,
      ciphertext: seededBytes(`ciphertext ${device}`, 200),
    })),
    ...changes,
  };
}

/** The code and reason of the protocol error that the work ends with. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ProtocolError')) throw error;
    const { code, detail } = error as ProtocolError;
    return detail.reason === undefined ? code : `${code} ${detail.reason}`;
  }
  return 'none';
}
