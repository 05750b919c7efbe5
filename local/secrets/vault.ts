import { randomInt, randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { Refusal } from '../refusal.ts';
import type { SecretSpec } from '../template/secrets.ts';

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const version = z.object({ id: z.string(), text: z.string(), created: z.number() });
const file = z.record(z.string(), version);

/** The current value of a secret. `created`: milliseconds since 1970. */
export type Version = z.infer<typeof version>;

/** The values of the template's secrets, by ARN, kept in one file. */
export class Vault {
  readonly #path: string | undefined;
  readonly #versions: Map<string, Version>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, versions: Map<string, Version>) {
    this.#path = path;
    this.#versions = versions;
  }

  /**
   * Reads the values that are kept and makes the first ones of secrets that are new.
   * @param directory folder for the file; undefined keeps nothing
   * @throws Refusal when the file is not one that this wrote
   */
  static async open(directory: string | undefined, specs: readonly SecretSpec[], now: number): Promise<Vault> {
    const path = directory === undefined ? undefined : join(directory, 'secrets.json');
    const kept = path === undefined ? {} : await read(path);
    const vault = new Vault(path, new Map(Object.entries(kept)));
    for (const { arn, first } of specs) {
      if (!vault.get(arn)) await vault.put(arn, { id: randomUUID(), text: firstValue(first), created: now });
    }
    return vault;
  }

  get(arn: string): Version | undefined {
    return this.#versions.get(arn);
  }

  /** Replaces a value; durable when it resolves. */
  async put(arn: string, value: Version): Promise<void> {
    this.#versions.set(arn, value);
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  /** Beside and then in place: a crash leaves the old values or the new ones. */
  async #write(): Promise<void> {
    if (this.#path === undefined) return;
    const handle = await open(`${this.#path}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(Object.fromEntries(this.#versions)));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${this.#path}.new`, this.#path);
  }
}

async function read(path: string): Promise<z.infer<typeof file>> {
  try {
    return file.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Refusal(`The secrets in ${path} cannot be read: move that file away to have new ones made.`);
  }
}

function firstValue(first: SecretSpec['first']): string {
  if ('text' in first) return first.text;
  const { template, key, length } = first;
  return JSON.stringify({ ...z.looseObject({}).parse(JSON.parse(template)), [key]: randomText(length) });
}

/** With each kind of character in it, as Secrets Manager makes texts unless it is told otherwise. */
function randomText(length: number): string {
  for (;;) {
    const text = Array.from({ length }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join('');
    if (/[A-Z]/.test(text) && /[a-z]/.test(text) && /[0-9]/.test(text)) return text;
  }
}
