type Connection = new (configuration: RTCConfiguration) => RTCPeerConnection;

/** A browser that does not check what it is told: it takes the certificate with this fingerprint, whatever the description says. */
export const connectionThatBelieves = (Base: Connection, fingerprint: string): Connection =>
  class extends Base {
    override setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
      return super.setRemoteDescription({ type, sdp: sdp.replace(/(?<=sha-256 ).*/, fingerprint) });
    }
  };
