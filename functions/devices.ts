import { ProtocolError } from '../shared/protocol/errors.ts';
import type { Head } from '../shared/store/device-list-head.ts';

/** `stale`: the id belongs to another installation now. */
export type DeviceStatus = 'listed' | 'stale' | 'unknown';

/** What a head says about an installation that a sender named. */
export function statusOf(
  head: Head | undefined,
  { device, registration }: { readonly device: number; readonly registration: number },
): DeviceStatus {
  const entry = head?.devices.find(({ id }) => id === device);
  if (!entry) return 'unknown';
  return entry.registration === registration ? 'listed' : 'stale';
}

/** @throws ProtocolError `bad-request` when a device is named twice: one copy and one bundle each */
export function requireDistinct(devices: readonly { readonly device: number }[]): void {
  if (new Set(devices.map(({ device }) => device)).size < devices.length) {
    throw new ProtocolError('bad-request', { reason: 'devices' });
  }
}
