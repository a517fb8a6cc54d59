import crypto from 'node:crypto';
import * as samlify from 'samlify';
import type { Certified } from '../../lib/certificate';
import { withoutWarnings } from '../../lib/without-warnings';
import type { StaffAccount } from './accounts';

type IdentityProvider = ReturnType<typeof samlify.IdentityProvider>;
export type ServiceProvider = ReturnType<typeof samlify.ServiceProvider>;

// The library validates no schema. Refused before parsing: what attacks need and no SAML message does.
samlify.setSchemaValidator({
  validate: (xml: string) =>
    xml.includes('<!') ? Promise.reject(new Error('a DOCTYPE, comment or CDATA')) : Promise.resolve('well'),
});

const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
/** Milliseconds that an assertion is valid. */
const LIFETIME = 5 * 60 * 1000;

/** The names that Auth0 and ADFS use. */
const ATTRIBUTES: Record<string, (user: StaffAccount) => string> = {
  [`${CLAIMS}emailaddress`]: ({ email }) => email,
  [`${CLAIMS}name`]: ({ given_name, family_name }) => `${given_name} ${family_name}`,
  [`${CLAIMS}givenname`]: ({ given_name }) => given_name,
  [`${CLAIMS}surname`]: ({ family_name }) => family_name,
  'http://schemas.xmlsoap.org/claims/Group': ({ group }) => group,
  department: ({ department }) => department,
};

const AUTHN_STATEMENT =
  '<saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="{SessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>';

/** A response without an assertion (SAML Core 3.2.2). */
const REFUSAL =
  '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>{Message}</samlp:StatusMessage></samlp:Status></samlp:Response>';

/** @param requestsSigned whether it accepts signed requests only. */
export function identityProvider(origin: string, key: Certified, requestsSigned = false): IdentityProvider {
  const attributes = Object.keys(ATTRIBUTES).map((name, i) => ({
    name,
    valueTag: `value${i}`,
    nameFormat: name.includes(':')
      ? 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri'
      : 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',
    valueXsiType: 'xs:string',
  }));
  const { context } = samlify.SamlLib.defaultLoginResponseTemplate;
  // It warns each time that there is no single logout.
  return withoutWarnings(() =>
    samlify.IdentityProvider({
      entityID: `${origin}/metadata`,
      privateKey: key.privateKey,
      signingCert: key.certificate,
      wantAuthnRequestsSigned: requestsSigned,
      nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
      singleSignOnService: ['Redirect', 'POST'].map((kind) => ({
        Binding: BINDING + kind,
        Location: `${origin}/sso`,
      })),
      loginResponseTemplate: { context: context.replace('{AuthnStatement}', AUTHN_STATEMENT), attributes },
    }),
  );
}

export const serviceProvider = (metadata: string): ServiceProvider => samlify.ServiceProvider({ metadata });

export interface Claimed {
  issuer: string;
  acsUrl: string | undefined;
}

export interface SamlRequest {
  fields: URLSearchParams;
  /** The raw query, for its signature; undefined for the HTTP-POST binding. */
  query: string | undefined;
}

/** @throws Error for what is not a SAML request. */
export function claimed({ fields, query }: SamlRequest): Claimed {
  const message = fields.get('SAMLRequest') ?? '';
  const xml =
    query === undefined
      ? Buffer.from(message, 'base64').toString('utf8')
      : samlify.Utility.inflateString(message);
  if (xml.includes('<!')) throw new Error('it has a DOCTYPE, a comment or CDATA');
  const { issuer, request } = samlify.Extractor.extract(xml, samlify.Extractor.loginRequestFields);
  if (typeof issuer !== 'string') throw new Error('it has no Issuer');
  return { issuer, acsUrl: (request as Record<string, string> | undefined)?.assertionConsumerServiceUrl };
}

/** Checks the signature where the service provider's metadata says that it signs.
 * @throws Error for a request that is not that service provider's. */
export async function requestId(
  provider: IdentityProvider,
  sp: ServiceProvider,
  { fields, query }: SamlRequest,
): Promise<string> {
  const values = Object.fromEntries(fields);
  const parsed =
    query === undefined
      ? await provider.parseLoginRequest(sp, 'post', { body: values })
      : await provider.parseLoginRequest(sp, 'redirect', { query: values, octetString: signedPart(query) });
  return String((parsed.extract.request as Record<string, string>).id);
}

/** What the signature of the HTTP-Redirect binding covers, unchanged (Bindings 3.4.4.1). */
function signedPart(query: string): string {
  const raw = new Map(query.split('&').map((pair) => [pair.split('=', 1)[0] ?? '', pair]));
  return ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => raw.get(name) ?? []).join('&');
}

export interface Answering {
  provider: IdentityProvider;
  sp: ServiceProvider;
  inResponseTo: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** @returns the signed response in base64. */
export async function assertion(
  { provider, sp, inResponseTo, now }: Answering,
  user: StaffAccount,
): Promise<string> {
  const at = (ms: number) => new Date(now + ms).toISOString();
  const fill = (template: string) => {
    const id = newId();
    const values = Object.values(ATTRIBUTES).map((of, i): [string, string] => [`attrValue${i}`, of(user)]);
    const context = samlify.SamlLib.replaceTagsByValue(template, {
      ...common({ provider, sp, inResponseTo, now }, id),
      AssertionID: newId(),
      SessionIndex: newId(),
      StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
      Audience: sp.entityMeta.getEntityID(),
      SubjectRecipient: acsOf(sp),
      NameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      NameID: user.staffNumber,
      ConditionsNotBefore: at(0),
      ConditionsNotOnOrAfter: at(LIFETIME),
      SubjectConfirmationDataNotOnOrAfter: at(LIFETIME),
      ...Object.fromEntries(values),
    });
    return { id, context };
  };
  const { context } = await provider.createLoginResponse(sp, { extract: {} }, 'post', {}, fill);
  return context;
}

/** In base64, and not signed, like those of many providers. */
export function refusal(answering: Answering, message: string): string {
  const xml = samlify.SamlLib.replaceTagsByValue(REFUSAL, {
    ...common(answering, newId()),
    Message: message,
  });
  return Buffer.from(xml).toString('base64');
}

const common = ({ provider, sp, inResponseTo, now }: Answering, id: string) => ({
  ID: id,
  IssueInstant: new Date(now).toISOString(),
  Destination: acsOf(sp),
  Issuer: provider.entityMeta.getEntityID(),
  InResponseTo: inResponseTo,
});

export const acsOf = (sp: ServiceProvider): string =>
  String(sp.entityMeta.getAssertionConsumerService('post'));

/** An XML ID must not begin with a digit. */
const newId = () => `_${crypto.randomBytes(16).toString('hex')}`;
