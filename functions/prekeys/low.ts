import { encodeEvent } from '../../shared/protocol/frames.ts';
import { PREKEYS_LOW } from '../../shared/protocol/limits.ts';
import type { Directory } from '../../shared/store/directory.ts';
import type { Installation } from '../../shared/store/installation.ts';
import type { Taken } from '../../shared/store/prekeys.ts';
import type { Pushes } from '../../shared/store/pushes.ts';

export interface LowWith {
  readonly directory: Directory;
  readonly pushes: Pick<Pushes, 'push'>;
}

/** Tells devices of which few keys, or none, are left. Those that are not connected count their keys when they come back. */
export async function askForMore(
  served: readonly { readonly device: Installation; readonly taken: Taken }[],
  { directory, pushes }: LowWith,
): Promise<void> {
  const low = served.filter(({ taken: { left } }) => left.ec < PREKEYS_LOW || left.kem < PREKEYS_LOW);
  if (low.length === 0) return;
  const found = await directory.read(
    [],
    low.map(({ device }) => device),
  );
  await pushes.push(
    low.flatMap(({ device, taken }) => {
      const to = found.presence(device);
      const frame = encodeEvent<'prekeys.low'>({ event: 'prekeys.low', ...taken.left });
      return to ? [{ to, frame }] : [];
    }),
  );
}
