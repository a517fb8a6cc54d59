import crypto from 'node:crypto';
import * as samlify from 'samlify';
import type { Certified } from '../../lib/certificate';
import type { StaffAccount } from './accounts';

type IdentityProvider = ReturnType<typeof samlify.IdentityProvider>;
export type ServiceProvider = ReturnType<typeof samlify.ServiceProvider>;

// The library validates no schema by itself. What no SAML message needs, and attacks do, is refused before it is parsed.
samlify.setSchemaValidator({
  validate: (xml: string) =>
    xml.includes('<!') ? Promise.reject(new Error('a DOCTYPE, comment or CDATA')) : Promise.resolve('well'),
});

const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';
/** How long an assertion is good, in milliseconds. */
const LIFETIME = 5 * 60 * 1000;

/** What every attribute is called, and where its value is from; the names are those that Auth0 and ADFS use. */
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

/** An answer without an assertion (SAML Core 3.2.2). */
const REFUSAL =
  '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>{Message}</samlp:StatusMessage></samlp:Status></samlp:Response>';

/**
 * The identity provider's side of SAML.
 *
 * @param origin where it listens.
 * @param requestsSigned whether it takes signed requests only.
 */
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
  return withoutWarning(() =>
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

/** The library warns that there is no single logout, each time; a learner can do nothing about that line. */
function withoutWarning<T>(build: () => T): T {
  const { warn } = console;
  console.warn = () => {};
  try {
    return build();
  } finally {
    console.warn = warn;
  }
}

/** A service provider as its metadata describes it. */
export const serviceProvider = (metadata: string): ServiceProvider => samlify.ServiceProvider({ metadata });

/** What a request says of itself, before anything of it is known to be true. */
export interface Claimed {
  issuer: string;
  acsUrl: string | undefined;
}

export interface SamlRequest {
  /** Decoded from the form or the address. */
  fields: URLSearchParams;
  /** The address's query as it came, for its signature; undefined for the HTTP-POST binding. */
  query: string | undefined;
}

/** @throws Error for what is no SAML request. */
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

/**
 * The ID of a request, whose signature is checked where the service provider says that it signs.
 *
 * @throws Error for a request that is not that service provider's.
 */
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

/** What the signature of the HTTP-Redirect binding covers, as it came (Bindings 3.4.4.1). */
function signedPart(query: string): string {
  const raw = new Map(query.split('&').map((pair) => [pair.split('=', 1)[0] ?? '', pair]));
  return ['SAMLRequest', 'RelayState', 'SigAlg'].flatMap((name) => raw.get(name) ?? []).join('&');
}

export interface Answering {
  provider: IdentityProvider;
  sp: ServiceProvider;
  /** The request's ID. */
  inResponseTo: string;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The signed answer that says who signed in, in base64. */
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

/** The answer that says that nobody signed in, in base64. It is not signed, as those of many providers are not. */
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

/** Where the service provider takes answers. */
export const acsOf = (sp: ServiceProvider): string =>
  String(sp.entityMeta.getAssertionConsumerService('post'));

/** An XML ID must not begin with a digit. */
const newId = () => `_${crypto.randomBytes(16).toString('hex')}`;
