import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Certificate {
  key: string;
  cert: string;
}

/** Browsers accept no longer life of a certificate for a server, days. */
const LIFE = 397;
const DAY = 86_400_000;

/**
 * A certificate for an address of this machine, signed by itself. It stays in the data folder, so that a person who has told a browser to trust it has
 * to do so only once a year.
 */
export async function certificateFor(host: string, folder: string): Promise<Certificate> {
  const files = { key: join(folder, `${host}.key.pem`), cert: join(folder, `${host}.cert.pem`) };
  const kept = await readUsable(files, host);
  if (kept) return kept;
  const made = await make(host);
  await mkdir(folder, { recursive: true });
  await writeFile(files.key, made.key, { mode: 0o600 });
  await writeFile(files.cert, made.cert);
  return made;
}

/** What is kept for an address, unless it is missing, damaged, for another one or nearly at its end. */
async function readUsable(files: Certificate, host: string): Promise<Certificate | undefined> {
  try {
    const kept = { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
    const certificate = new X509Certificate(kept.cert);
    const named = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
    const matches = certificate.checkPrivateKey(createPrivateKey(kept.key));
    return named !== undefined && matches && Date.parse(certificate.validTo) > Date.now() + DAY ? kept : undefined;
  } catch {
    return undefined;
  }
}

async function make(host: string): Promise<Certificate> {
  const altName = isIP(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host };
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Sotto on this machine' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + LIFE * DAY),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [altName] },
    ],
  });
  return { key, cert };
}
