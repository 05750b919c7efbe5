import type { Conversations } from '../conversation/conversations.ts';
import type { Device } from '../device/device.ts';
import type { Platform } from '../transport/platform.ts';
import { CallHost } from './call-host.ts';
import { Calls } from './calls.ts';
import type { MediaEngine } from './media.ts';
import { RelayDesk } from './relay-desk.ts';
import type { RingSetting } from './ring-setting.ts';

/** What an application gives for calls. */
export interface CallOptions {
  /** `browserMedia()`, or `webRtcMedia` over another implementation of WebRTC. */
  readonly media: MediaEngine;
  /** Host names of relays that may be reached over TLS at port 443; none are by default. Addresses need not be named. */
  readonly relayHosts?: readonly string[];
}

export interface OpenCallsOptions extends CallOptions {
  readonly endpoint: string;
  readonly ring: RingSetting;
  readonly platform: Platform;
  readonly device: Device;
  readonly conversations: Conversations;
  readonly onFailure: (error: unknown) => void;
}

/** The calls of a device, ready to ring. At once: what the device hears before there is somebody to tell is lost. */
export function openCalls(options: OpenCallsOptions): Calls {
  const { endpoint, ring, platform, device, conversations, media, relayHosts = [], onFailure } = options;
  const host = new CallHost({ device, conversations, platform, rings: () => ring.rings });
  const rules = { ownHost: new URL(endpoint).hostname, tlsHosts: relayHosts };
  const ask = (call: Uint8Array<ArrayBuffer>) => device.transport.request('relay.credentials', { call });
  const relays = new RelayDesk({ ask, platform, rules, onFailure });
  return new Calls({ host, media, relays, ring, onFailure });
}
