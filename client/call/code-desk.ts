// The short codes that are shown: one of each call, of the leg that people talk on.

import type { CallHost } from './call-host.ts';
import type { LegDesk } from './leg-desk.ts';
import type { CallEffect } from './machine/types.ts';

export interface CodeDeskOptions {
  readonly host: Pick<CallHost, 'shortCode'>;
  readonly legs: Pick<LegDesk, 'fingerprints'>;
  readonly onShown: (call: string) => void;
}

export class CodeDesk {
  readonly #options: CodeDeskOptions;
  readonly #codes = new Map<string, string>();

  constructor(options: CodeDeskOptions) {
    this.#options = options;
  }

  /** Once the leg has both descriptions. */
  async show({ name, offerer, randoms }: Extract<CallEffect, { kind: 'code' }>): Promise<void> {
    const { host, legs, onShown } = this.#options;
    const fingerprints = await legs.fingerprints(name);
    const code = fingerprints && (await host.shortCode(name, offerer, randoms, fingerprints));
    if (code === undefined) return;
    this.#codes.set(name.call, code);
    onShown(name.call);
  }

  of(call: string): string | undefined {
    return this.#codes.get(call);
  }

  forget(call: string): void {
    this.#codes.delete(call);
  }
}
