import { parseDomFromString } from '@node-saml/node-saml/lib/xml';
import type { SamlConnection } from '../config/connections';

export interface SignedParts {
  assertion: boolean;
  response: boolean;
}

export type ReadResponse =
  | { signed: SignedParts }
  | { refused: string }
  | {
      wrong: string;
      /** For the application; default: that it could not be verified. */
      description?: string;
    };

interface Expected {
  name: string;
  acs: string;
  connection: Pick<SamlConnection, 'options'>;
}

const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';
/** No SAML message needs them; each can make two readers see different texts. */
const DANGEROUS = {
  '<!DOCTYPE': 'a DOCTYPE (external entities, entity expansion)',
  '<!--': 'a comment',
  '<![CDATA[': 'a CDATA section',
  '<!': 'a declaration',
};

/** Reads status (SAML Core 3.2.2) and signatures of the whole response. Two assertions or responses are refused: with
 * one of them signed, the other could be read. @param response base64. */
export async function readResponse(response: string, expected: Expected): Promise<ReadResponse> {
  const xml = Buffer.from(response, 'base64').toString('utf8');
  for (const [declaration, what] of Object.entries(DANGEROUS))
    if (xml.includes(declaration)) return { wrong: `it has ${what}` };
  const document = await parseDomFromString(xml).catch((error: Error) => error);
  if (document instanceof Error) return { wrong: `it is not XML: ${document.message.split('\n', 1)[0]}` };
  const root = document.documentElement;
  if (root?.localName !== 'Response' || root.namespaceURI !== PROTOCOL)
    return { wrong: 'it is no SAML Response' };
  for (const [name, namespace] of [
    ['Assertion', ASSERTION],
    ['Response', PROTOCOL],
  ] as const) {
    const found = document.getElementsByTagNameNS(namespace, name).length;
    if (found > 1) return { wrong: `it has ${found} ${name} elements (a wrapped signature)` };
  }
  return statusOf(root) ?? encrypted(root, expected.name) ?? signatures(root, expected);
}

/** @returns undefined for success. */
function statusOf(root: Element): ReadResponse | undefined {
  const all = children(root, PROTOCOL, 'Status');
  const codes = all.flatMap((status) => children(status, PROTOCOL, 'StatusCode'));
  const [status] = all;
  const [code] = codes;
  if (!status || !code || all.length + codes.length > 2)
    return {
      wrong: `it has ${all.length} Status elements with ${codes.length} StatusCode, and not one of each`,
    };
  const top = code.getAttribute('Value') ?? '';
  if (top === `${STATUS}Success`) return undefined;
  const short = (value: string) => value.replace(STATUS, '') || 'unknown';
  const inner = children(code, PROTOCOL, 'StatusCode').map((one) => short(one.getAttribute('Value') ?? ''));
  const message = children(status, PROTOCOL, 'StatusMessage')[0]?.textContent?.trim();
  const why = message || inner.join(', ') || 'unspecified';
  return { refused: `returned ${short(top)} error: ${why}`.replace(CONTROL, ' ').slice(0, LONGEST) };
}

/** Characters of a provider's message that are passed on. */
const LONGEST = 300;
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

function encrypted(root: Element, name: string): ReadResponse | undefined {
  for (const [element, what] of [
    ['EncryptedAssertion', 'assertion'],
    ['EncryptedID', 'NameID'],
    ['EncryptedAttribute', 'attribute'],
  ] as const)
    if (root.getElementsByTagNameNS(ASSERTION, element).length > 0)
      return {
        wrong: `its ${what} is encrypted, which the local tenant does not support: switch encryption off at the provider`,
        description: `The ${what} of ${name} is encrypted, which is not supported here.`,
      };
  return undefined;
}

/** Which parts are signed; a signature elsewhere is refused. */
function signatures(root: Element, { acs, connection }: Expected): ReadResponse {
  const [assertion] = children(root, ASSERTION, 'Assertion');
  const all = Array.from(root.getElementsByTagNameNS(SIGNATURE, 'Signature'));
  const ofResponse = children(root, SIGNATURE, 'Signature');
  const ofAssertion = assertion ? children(assertion, SIGNATURE, 'Signature') : [];
  const destination = root.getAttribute('Destination');
  if (all.length === 0 && assertion) return { wrong: 'it is not signed' };
  if (ofResponse.length > 1 || ofAssertion.length > 1)
    return { wrong: `its ${ofResponse.length > 1 ? 'Response' : 'Assertion'} has more than one signature` };
  if (all.length > ofResponse.length + ofAssertion.length)
    return { wrong: 'it has a signature that is neither of the Response nor of the Assertion' };
  // SAML Bindings 3.5.5.2.
  if (ofResponse.length > 0 && !destination) return { wrong: 'it is signed and has no Destination' };
  if (destination && destination !== acs) return { wrong: `its Destination is ${destination}, not ${acs}` };
  const { signatureAlgorithm, digestAlgorithm } = connection.options;
  const old = all.some((one) => algorithmsOf(one).some((algorithm) => /sha-?1$/i.test(algorithm)));
  if (old && signatureAlgorithm !== 'rsa-sha1' && digestAlgorithm !== 'sha1')
    return {
      wrong:
        'its signature uses SHA-1, which can be forged: have the provider sign with RSA-SHA256, or set signatureAlgorithm: rsa-sha1',
    };
  return { signed: { assertion: ofAssertion.length > 0, response: ofResponse.length > 0 } };
}

function algorithmsOf(signature: Element): string[] {
  return ['SignatureMethod', 'DigestMethod'].flatMap((name) =>
    Array.from(signature.getElementsByTagNameNS(SIGNATURE, name)).map(
      (one) => one.getAttribute('Algorithm') ?? '',
    ),
  );
}

function children(parent: Element, namespace: string, name: string): Element[] {
  return Array.from(parent.childNodes).filter(
    (one): one is Element =>
      (one as Element).localName === name && (one as Element).namespaceURI === namespace,
  );
}
