import type { MediaEvent } from '../media.ts';
import { remoteFingerprint, transportOf } from './certificate.ts';

type PathEvent = Extract<MediaEvent, { kind: 'connected' | 'interrupted' | 'failed' }>;

/** Tells what becomes of the path of a connection, once for every change. @param described the fingerprint in the description of the other side */
export function watchPath(
  connection: RTCPeerConnection,
  described: () => string | undefined,
  tell: (event: PathEvent) => void,
): void {
  let last = connection.connectionState;
  const look = async () => {
    const state = connection.connectionState;
    if (state === last) return;
    last = state;
    const event = await pathEvent(connection, described);
    if (event && connection.connectionState === state) tell(event);
  };
  connection.onconnectionstatechange = look;
  // @roamhq/wrtc is silent about a handshake that has failed while ICE goes on: its transport is asked, which there is with the first description.
  connection.onsignalingstatechange = () => {
    const transport = transportOf(connection);
    if (transport) transport.onstatechange = look;
  };
}

async function pathEvent(
  connection: RTCPeerConnection,
  described: () => string | undefined,
): Promise<PathEvent | undefined> {
  switch (connection.connectionState) {
    case 'connected': {
      const fingerprint = await remoteFingerprint(connection);
      const same = fingerprint === undefined || fingerprint === described();
      return same ? { kind: 'connected' } : { kind: 'failed', reason: 'certificate' };
    }
    case 'disconnected':
      return { kind: 'interrupted' };
    case 'failed':
      // Where the handshake on a path has failed, one of both has refused the certificate of the other.
      return { kind: 'failed', reason: transportOf(connection)?.state === 'failed' ? 'certificate' : 'path' };
    default:
      return undefined;
  }
}
