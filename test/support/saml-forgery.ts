import fs from 'node:fs';
import path from 'node:path';
import { SamlLib } from 'samlify';
import type { Certified } from '../../shared/lib/certificate';
import { PROVIDERS_DATA } from './providers';

/** The identity provider's own key: for answers that are signed rightly and say something wrong. */
export const providerKey = (): Certified =>
  JSON.parse(fs.readFileSync(path.join(PROVIDERS_DATA, 'saml.json'), 'utf8'));

export const decoded = (response: string): string => Buffer.from(response, 'base64').toString('utf8');
export const encoded = (xml: string): string => Buffer.from(xml).toString('base64');

export const unsigned = (xml: string): string => xml.replace(/<ds:Signature[\s\S]*?<\/ds:Signature>/g, '');

/** Signs what an attacker or a provider that errs would have signed. */
export function sign(
  xml: string,
  key: Certified,
  element: 'Assertion' | 'Response' = 'Assertion',
  signatureAlgorithm = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
): string {
  const whole = element === 'Response' ? '' : `/*[local-name(.)='Assertion']`;
  const at = `/*[local-name(.)='Response']${whole}`;
  return SamlLib.constructSAMLSignature({
    rawSamlMessage: xml,
    privateKey: key.privateKey,
    signingCert: key.certificate.replace(/-----[A-Z ]+-----|\s/g, ''),
    signatureAlgorithm,
    isBase64Output: false,
    isMessageSigned: element === 'Response',
    ...(element === 'Response' ? {} : { referenceTagXPath: at }),
    signatureConfig: {
      prefix: 'ds',
      location: { reference: `${at}/*[local-name(.)='Issuer']`, action: 'after' },
    },
  });
}

/** Which parts of a response a provider signs. */
export type Signs = 'the assertion' | 'the response' | 'both';
export const SIGNS: Signs[] = ['the assertion', 'the response', 'both'];

/** As `sign`, for a provider of each habit. */
export function signedAs(signs: Signs, xml: string, key: Certified, algorithm?: string): string {
  const inner = signs === 'the response' ? xml : sign(xml, key, 'Assertion', algorithm);
  return signs === 'the assertion' ? inner : sign(inner, key, 'Response', algorithm);
}

const SIGNATURE = /<ds:Signature[\s\S]*?<\/ds:Signature>/;

interface Parts {
  /** All before the assertion, and all after it. */
  head: string;
  tail: string;
  /** The signed assertion. */
  assertion: string;
  signature: string;
  /** An assertion of somebody else, without a signature. */
  evil: string;
}

function partsOf(xml: string, victim: string): Parts {
  const [assertion = ''] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml) ?? [];
  const [signature = ''] = SIGNATURE.exec(assertion) ?? SIGNATURE.exec(xml) ?? [];
  const at = xml.indexOf(assertion);
  const evil = unsigned(assertion)
    .replace(/ ID="[^"]*"/, ' ID="_evil"')
    .replace(/(<saml:NameID[^>]*>)[^<]*/, `$1${victim}`);
  return { head: xml.slice(0, at), tail: xml.slice(at + assertion.length), assertion, signature, evil };
}

/** Puts something just before an element's end. */
const inside = (element: string, what: string, name: string) =>
  element.replace(new RegExp(`</${name}>$`), `${what}</${name}>`);
/** Where a signature belongs in an assertion: after its Issuer. */
const withSignature = (assertion: string, signature: string) =>
  assertion.replace('</saml:Issuer>', `</saml:Issuer>${signature}`);

/**
 * The eight ways of wrapping a signature (Somorovsky and others, "On Breaking SAML", 2012). Each leaves what was signed somewhere in the
 * document, intact, and puts another assertion where it may be read.
 *
 * @param xml a response whose assertion is signed.
 * @param both the same, with the response signed as well: the first two variants wrap that signature.
 */
export function wrapped(xml: string, both: string, victim: string): Record<string, string> {
  const { head, tail, assertion, signature, evil } = partsOf(xml, victim);
  const bare = assertion.replace(signature, '');
  const [outer = ''] = /<ds:Signature[\s\S]*?<\/ds:Signature>/.exec(both) ?? [];
  const original = both.replace(outer, '');
  const evilResponse = partsOf(both, victim);
  const forged = (evilResponse.head.replace(outer, '') + evilResponse.evil + evilResponse.tail).replace(
    / ID="[^"]*"/,
    ' ID="_evilResponse"',
  );
  return {
    'XSW1, the signed response inside its signature': forged.replace(
      '</saml:Issuer>',
      `</saml:Issuer>${inside(outer, `<ds:Object>${original}</ds:Object>`, 'ds:Signature')}`,
    ),
    'XSW2, the signed response beside its signature': forged.replace(
      '</saml:Issuer>',
      `</saml:Issuer>${original}${outer}`,
    ),
    'XSW3, another assertion before it': head + evil + assertion + tail,
    'XSW4, another assertion around it': head + inside(evil, assertion, 'saml:Assertion') + tail,
    'XSW5, its signature in another, itself at the end': head + withSignature(evil, signature) + bare + tail,
    'XSW6, itself in its signature in another':
      head + withSignature(evil, inside(signature, `<ds:Object>${bare}</ds:Object>`, 'ds:Signature')) + tail,
    'XSW7, another in the extensions':
      head.replace('<samlp:Status>', `<samlp:Extensions>${evil}</samlp:Extensions><samlp:Status>`) +
      assertion +
      tail,
    'XSW8, itself in an object of its signature in another':
      head +
      withSignature(evil, inside(signature, `<ds:Object>${assertion}</ds:Object>`, 'ds:Signature')) +
      tail,
  };
}
