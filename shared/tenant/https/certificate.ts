import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { exportPem, importPem, period, x509 } from '../../lib/x509';

/** PEM. */
export interface Identity {
  key: string;
  certificate: string;
}

/** Every TLS client supports it. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const NAMES = { dns: 'localhost', ips: ['127.0.0.1', '::1'] };

/** A certificate authority for loopback names only (RFC 5280, section 4.2.1.10): useless for any other site, also to
 * a thief of its key. @param days its validity. */
export async function makeAuthority(days: number): Promise<Identity> {
  const keys = await keyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(days),
    name: 'CN=Call Your API local authority',
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(id_ce_nameConstraints, true, AsnConvert.serialize(loopbackOnly())),
    ],
  });
  return { key: await exportPem(keys.privateKey), certificate: certificate.toString('pem') };
}

/** A certificate for localhost, 127.0.0.1 and ::1. */
export async function makeServer(authority: Identity, days: number): Promise<Identity> {
  const keys = await keyPair();
  const issuer = new x509.X509Certificate(authority.certificate);
  const { privateKey: signingKey } = await importPem(authority.key, ALGORITHM);
  const certificate = await x509.X509CertificateGenerator.create({
    ...period(days),
    subject: `CN=${NAMES.dns}`,
    issuer: issuer.subject,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: NAMES.dns },
        ...NAMES.ips.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await exportPem(keys.privateKey), certificate: certificate.toString('pem') };
}

function loopbackOnly(): NameConstraints {
  const permitted = [
    new GeneralName({ dNSName: NAMES.dns }),
    ...NAMES.ips.map((ip) => new GeneralName({ iPAddress: `${ip}/${ip.includes(':') ? 128 : 32}` })),
  ];
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees(permitted.map((base) => new GeneralSubtree({ base }))),
  });
}

const keyPair = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
