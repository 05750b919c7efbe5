/** What a relay is told. Units are those of the names; nothing has a default. */
export interface RelaySettings {
  /** As `turnserver --version` prints it. */
  readonly version: string;
  /** The task's own address, IPv4. Everything is bound to it, nothing to any address. */
  readonly address: string;
  /** The address that peers see, IPv4; the same as `address` on the local cloud. */
  readonly publicAddress: string;
  /** Runs on a developer's machine, for this machine (a loopback address) or its network. */
  readonly local: boolean;
  /** UDP and TCP. */
  readonly listenPort: number;
  /** Of relayed addresses, both included. */
  readonly minPort: number;
  readonly maxPort: number;
  readonly realm: string;
  /** Newest first: base64url of 32 bytes, one or two. */
  readonly secrets: readonly string[];
  /** Allocations of one user name (what comes after the time) and of all. */
  readonly userQuota: number;
  readonly totalQuota: number;
  /** Bytes a second of one allocation, in each direction. */
  readonly maxBytesPerSecond: number;
  /** More ranges where no peer may be, as `first-last`: those of the VPC. */
  readonly denied: readonly string[];
  /** A folder on tmpfs, for the database that coturn insists on having. */
  readonly folder: string;
}
