/** Why a configuration is not written: coturn would start with it, and be open. */
export type RefusalCode =
  | 'version-unknown'
  | 'version-broken'
  | 'version-local-only'
  | 'key-unknown'
  | 'value-malformed'
  | 'address-malformed'
  | 'port-range'
  | 'secret-missing'
  | 'secret-weak'
  | 'quota-missing'
  | 'range-cidr'
  | 'range-malformed'
  | 'range-unspecified'
  | 'range-family'
  | 'range-order'
  | 'range-unaligned'
  | 'loopback-peers';

/** The message names what is wrong and never holds a secret. */
export class ConfigurationRefused extends Error {
  override readonly name = 'ConfigurationRefused';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}
