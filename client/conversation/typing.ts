import type { Platform } from '../transport/platform.ts';

/** How long somebody is shown as writing who says nothing more. */
const TYPING_MS = 15_000;

/** Who is writing now. Kept nowhere. */
export class TypingBoard {
  readonly #platform: Pick<Platform, 'after'>;
  readonly #onChange: (account: string) => void;
  readonly #ends = new Map<string, () => void>();

  constructor(platform: Pick<Platform, 'after'>, onChange: (account: string) => void) {
    this.#platform = platform;
    this.#onChange = onChange;
  }

  has(account: string): boolean {
    return this.#ends.has(account);
  }

  set(account: string, active: boolean): void {
    const wasActive = this.has(account);
    this.#ends.get(account)?.();
    this.#ends.delete(account);
    if (active)
      this.#ends.set(
        account,
        this.#platform.after(TYPING_MS, () => this.set(account, false)),
      );
    if (active !== wasActive) this.#onChange(account);
  }

  clear(): void {
    for (const cancel of this.#ends.values()) cancel();
    this.#ends.clear();
  }
}
