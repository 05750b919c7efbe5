import { ProtocolError } from '../signal-protocol/index.ts';

/** That sending and receiving meet in one session at one moment does not happen often in a row. */
const ATTEMPTS = 5;

/** Repeats work on a session that something else changed meanwhile; nothing of it was written then. @throws ProtocolError of the engine */
export async function undisturbed<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isDisturbed = error instanceof ProtocolError && error.code === 'CONCURRENT_CHANGE';
      if (!isDisturbed || attempt === ATTEMPTS) throw error;
    }
  }
}
