import { sha256 } from '@noble/hashes/sha2.js';

/**
 * The SHA-256 fingerprint of the certificate at the other end of the connection, as descriptions write it. Chromium and @roamhq/wrtc give the certificate
 * itself and name its fingerprint in their statistics too; where only one of both is known, that one counts.
 * @returns undefined where the implementation tells neither: then its own check in the handshake is the only one
 */
export async function remoteFingerprint(connection: RTCPeerConnection): Promise<string | undefined> {
  const transport = transportOf(connection);
  const [certificate] = transport?.getRemoteCertificates?.() ?? [];
  if (certificate) return withColons(sha256(new Uint8Array(certificate)));
  return fingerprintInStatistics(await connection.getStats());
}

/** The one DTLS transport of a connection in which everything is bundled. */
export const transportOf = (connection: RTCPeerConnection): RTCDtlsTransport | undefined =>
  connection.getTransceivers()[0]?.sender.transport ?? undefined;

function fingerprintInStatistics(report: RTCStatsReport): string | undefined {
  for (const transport of report.values()) {
    if (transport.type !== 'transport') continue;
    const certificate = report.get(transport.remoteCertificateId);
    if (certificate?.fingerprintAlgorithm === 'sha-256') return String(certificate.fingerprint).toUpperCase();
  }
  return undefined;
}

const withColons = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
