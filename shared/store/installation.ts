/** One installation of a device: an id is reused after a removal, an id with its registration is not. */
export interface Installation {
  readonly account: string;
  readonly device: number;
  readonly registration: number;
}

/**
 * Partition key of everything kept for one installation. The registration is part of it so that a device that takes over a freed id
 * can never read its predecessor's mail.
 */
export function installationKey({ account, device, registration }: Installation): string {
  return `${account}#${device}#${registration}`;
}
