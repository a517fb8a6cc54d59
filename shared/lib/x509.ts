// @peculiar/x509 asks for this one before it: it finds its parts by reflection.
import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Takes a fifth of a second to load, so load it when a certificate is made. */
export { x509 };

type ImportAlgorithm = RsaHashedImportParams | EcKeyImportParams;

/** From an hour ago, for machines whose clocks differ a little. */
export function period(days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Date.now() - 3600_000),
    notAfter: new Date(Date.now() + days * 24 * 3600_000),
  };
}

/** A private key as PKCS #8. */
export async function exportPem(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** A private key (PKCS #8) and the public one that belongs to it. */
export async function importPem(pem: string, algorithm: ImportAlgorithm): Promise<CryptoKeyPair> {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), algorithm, true, ['sign']),
    crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}
