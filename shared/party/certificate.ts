import { z } from 'zod';

/** A private RSA key (PKCS #8) and a certificate of it that nobody else signed, both PEM. */
export const certified = z.object({
  privateKey: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
  certificate: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
});
export type Certified = z.output<typeof certified>;

/** Ten years, in milliseconds: what is made once must not end in the middle of somebody's course. */
const LIFETIME = 10 * 365 * 24 * 3600 * 1000;

/**
 * Makes a key and its self-signed certificate, or a certificate of a key that there is. SAML wants certificates where it only
 * means keys: nothing of one but its key counts (SAML 2.0 metadata interoperability profile, 2.6.1).
 */
export async function certify(commonName: string, privateKey?: string): Promise<Certified> {
  // Loaded when a key is made, once in a workshop's life.
  const { generate } = require('selfsigned') as typeof import('selfsigned');
  const { createPublicKey } = require('node:crypto') as typeof import('node:crypto');
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + LIFETIME),
    ...(privateKey
      ? {
          keyPair: {
            privateKey,
            publicKey: String(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })),
          },
        }
      : {}),
  });
  return { privateKey: made.private, certificate: made.cert };
}
