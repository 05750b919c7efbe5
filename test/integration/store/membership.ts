import { publicationOf } from '../../../functions/account/publication.ts';
import { clearRemoved } from '../../../functions/account/removal.ts';
import type { DeviceCaller } from '../../../functions/caller.ts';
import { connections } from '../../../shared/store/connections.ts';
import type { Installation } from '../../../shared/store/installation.ts';
import { mailbox } from '../../../shared/store/mailbox.ts';
import { preKeys } from '../../../shared/store/prekeys.ts';
import { publications } from '../../../shared/store/publications.ts';
import { accept } from '../../../shared/trust/acceptance.ts';
import { TestAccount } from '../../support/identities.ts';
import { devicePreKeys, TOKEN_HASH } from '../../support/people.ts';
import type { TestTables } from '../../support/tables.ts';

const now = () => Date.now();

export function installation(account: TestAccount, device: number): Installation {
  return { account: account.account, device, registration: account.device(device).registration };
}

/** An account in the tables, with some devices. */
export async function created({ dynamo, names }: TestTables, seed: string, devices = 1): Promise<TestAccount> {
  const account = new TestAccount(seed, devices);
  const accepted = accept(account.expected, null, account.lists);
  if (accepted.kind !== 'accepted') throw new Error(accepted.kind);
  const keys = account.content.devices.map(({ id }) => devicePreKeys(account, id));
  const publication = publicationOf(accepted.pinned, { added: account.content.devices, removed: [] }, keys);
  await publications(dynamo, names, now).create(publication, [TOKEN_HASH], undefined);
  return account;
}

/** A device of an account on a connection of its own. */
export async function caller({ dynamo, names }: TestTables, account: TestAccount, device = 1): Promise<DeviceCaller> {
  const caller = installation(account, device);
  const connection = `${account.account}/${device}`;
  await connections(dynamo, names.connections, now).open(caller, 1, { connection, connectedAt: now() });
  return { kind: 'device', ...caller, connection, ticket: 1 };
}

/** What `account.publish` does for a list that removes device 2, in its two steps. */
export function removal({ dynamo, names }: TestTables, account: TestAccount) {
  const before = account.hash;
  const removed = installation(account, 2);
  const pinned = accept(account.expected, null, account.lists);
  const list = account.publish({ remove: [2] });
  if (pinned.kind !== 'accepted') throw new Error(pinned.kind);
  const accepted = accept(account.expected, pinned.pinned, [list]);
  if (accepted.kind !== 'accepted' || !accepted.changes[0]) throw new Error(accepted.kind);
  const publication = publicationOf(accepted.pinned, accepted.changes[0], []);
  return {
    removed,
    commit: () => publications(dynamo, names, now).replace(publication, before),
    clear: () =>
      clearRemoved([removed], [], {
        mailbox: mailbox(dynamo, names.mailbox, now),
        preKeys: preKeys(dynamo, names.preKeys),
        pushes: { end: async () => undefined },
      }),
  };
}

/** The work, done the first time it is asked for. */
export function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
