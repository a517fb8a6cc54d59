import { z } from 'zod';

/** A private RSA key (PKCS #8) and its self-signed certificate, both PEM. */
export const certified = z.object({
  privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
  certificate: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
});
export type Certified = z.output<typeof certified>;

/** Ten years, in days: a certificate must not expire during a workshop. */
const LIFETIME = 3650;
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** Makes a key and its self-signed certificate. SAML counts only its key (SAML 2.0 metadata interoperability profile,
 * 2.6.1). */
export async function certify(commonName: string): Promise<Certified> {
  // Loaded only when a key is made.
  const { exportPem, period, x509 } = require('./x509') as typeof import('./x509');
  const keys = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(LIFETIME),
    name: [{ CN: [commonName] }],
    signingAlgorithm: RSA,
    keys,
    extensions: [new x509.BasicConstraintsExtension(false, undefined, true)],
  });
  return {
    privateKey: await exportPem(keys.privateKey),
    certificate: `${certificate.toString('pem')}\n`,
  };
}
