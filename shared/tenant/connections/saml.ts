import crypto from 'node:crypto';
import path from 'node:path';
import {
  type CacheProvider,
  generateServiceProviderMetadata,
  type Profile,
  SAML,
  ValidateInResponseTo,
} from '@node-saml/node-saml';
import { certified, certify } from '../../lib/certificate';
import { readOrCreate } from '../../lib/data-file';
import { errorText } from '../../lib/oauth-error';
import type { SamlConnection } from '../config/connections';
import type { ConnectionProfile } from '../users/directory';
import { type ExternalLogins, LoginRefused, type Pending } from './external-logins';
import { samlProfile } from './saml-profile';
import { readResponse, type SignedParts } from './saml-response';

/** The tenant as the service provider of a connection. */
export interface ServiceProvider {
  connection: SamlConnection;
  /** urn:auth0:TENANT:NAME */
  entityId: string;
  /** The assertion consumer service. */
  acs: string;
  /** The data folder, with the key that signs requests. */
  data: string;
}

export interface SamlPeer extends ServiceProvider {
  name: string;
  signInEndpoint: string;
  certificate: string;
  /** The identity provider's entity ID, which an assertion must name if known. */
  issuer: string | undefined;
}

/** Milliseconds of clock difference. */
const CLOCK_SKEW = 60_000;
/** The pending login stores its request's ID. */
const NO_CACHE: CacheProvider = {
  saveAsync: async () => null,
  getAsync: async () => null,
  removeAsync: async () => null,
};

async function library(
  peer: SamlPeer,
  {
    requestId,
    cacheProvider = NO_CACHE,
    signed = { assertion: true, response: false },
  }: { requestId?: string; cacheProvider?: CacheProvider; signed?: SignedParts } = {},
): Promise<SAML> {
  const { protocolBinding, signSAMLRequest, signatureAlgorithm, digestAlgorithm } = peer.connection.options;
  const key = signSAMLRequest ? await signingKey(peer.data) : undefined;
  return new SAML({
    entryPoint: peer.signInEndpoint,
    issuer: peer.entityId,
    audience: peer.entityId,
    callbackUrl: peer.acs,
    idpCert: peer.certificate,
    ...(key ? { privateKey: key.privateKey, publicCert: key.certificate } : {}),
    signatureAlgorithm: signatureAlgorithm === 'rsa-sha1' ? 'sha1' : 'sha256',
    digestAlgorithm,
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    skipRequestCompression: protocolBinding.endsWith('POST'),
    // The provider chooses which part to sign; each signature must be valid.
    wantAssertionsSigned: signed.assertion,
    wantAuthnResponseSigned: signed.response,
    acceptedClockSkewMs: CLOCK_SKEW,
    validateInResponseTo: ValidateInResponseTo.always,
    cacheProvider,
    ...(requestId === undefined ? {} : { generateUniqueId: () => requestId }),
  });
}

/** Made when a connection first signs a request. */
function signingKey(data: string) {
  return readOrCreate(path.join(data, 'saml.json'), certified, () => certify('Call Your API tenant'));
}

/** SAML Metadata 2.4.4. */
export async function samlMetadata({ connection, entityId, acs, data }: ServiceProvider): Promise<string> {
  const key = connection.options.signSAMLRequest ? await signingKey(data) : undefined;
  return generateServiceProviderMetadata({
    issuer: entityId,
    callbackUrl: acs,
    identifierFormat: null,
    wantAssertionsSigned: true,
    ...(key ? { privateKey: key.privateKey, publicCerts: key.certificate } : {}),
  });
}

/** SAML Profiles 4.1.4.1. */
export async function beginSaml(
  peer: SamlPeer,
  pending: Pending,
): Promise<{ to: URL } | { action: string; fields: Record<string, string> }> {
  pending.requestId = `_${crypto.randomBytes(20).toString('hex')}`;
  const saml = await library(peer, { requestId: pending.requestId });
  if (peer.connection.options.protocolBinding.endsWith('Redirect'))
    return { to: new URL(await saml.getAuthorizeUrlAsync(pending.state, undefined, {})) };
  const fields = await saml.getAuthorizeMessageAsync(pending.state);
  return { action: peer.signInEndpoint, fields: fields as Record<string, string> };
}

/** Who signed in (SAML Profiles 4.1.4.3). The library checks the signature first; everything else is read from signed
 * bytes. @throws LoginRefused when the provider's answer is a refusal or invalid. */
export async function finishSaml(
  peer: SamlPeer,
  pending: Pending,
  logins: ExternalLogins,
): Promise<ConnectionProfile> {
  const profile = await validProfile(peer, pending, logins);
  const parsed = profile?.getAssertion?.() as { Assertion: Element } | undefined;
  if (!profile || !parsed) throw distrust(peer, 'it says nothing of a user');
  const { Assertion: assertion } = parsed;
  const unfit = confirmationOf(assertion, peer, pending) ?? issuerOf(profile, peer);
  if (unfit) throw distrust(peer, unfit);
  const id = `assertion ${peer.issuer ?? profile.issuer} ${String(assertion.$?.ID)}`;
  if (logins.isUsed(id)) throw distrust(peer, 'its assertion was used before (a replay)');
  logins.use(id);
  const made = samlProfile(profile, peer.connection.options);
  if (typeof made === 'string') throw distrust(peer, made);
  return made;
}

const distrust = ({ name }: SamlPeer, reason: string, description?: string) =>
  new LoginRefused(
    `the SAML response of ${name} is not to be trusted: ${reason}`,
    'access_denied',
    description ?? `The answer of ${name} could not be verified.`,
  );

/** What the signed response says of the user, after the library's checks. */
async function validProfile(
  peer: SamlPeer,
  { samlResponse, requestId }: Pending,
  logins: ExternalLogins,
): Promise<Profile | null> {
  if (samlResponse === undefined) throw distrust(peer, 'there is none (SAMLResponse is missing)');
  const read = await readResponse(samlResponse, peer);
  if ('refused' in read) {
    const reason = `${peer.name} ${read.refused}`;
    throw new LoginRefused(reason, 'access_denied', errorText(reason));
  }
  if ('wrong' in read) throw distrust(peer, read.wrong, read.description);
  let answers = '';
  const cacheProvider: CacheProvider = {
    ...NO_CACHE,
    getAsync: async (id) => {
      answers = id;
      return id === requestId ? new Date().toISOString() : null;
    },
  };
  const { profile } = await library(peer, { cacheProvider, signed: read.signed })
    .then((saml) => saml.validatePostResponseAsync({ SAMLResponse: samlResponse }))
    .catch((error: Error) => {
      const isAudience = /audience/i.test(error.message) && !(error instanceof TypeError);
      throw distrust(
        peer,
        whyInvalid(error, answers, logins),
        isAudience ? `Audience is invalid. Configured: ${peer.entityId}` : undefined,
      );
    });
  return profile;
}

/** The library's error in other words. @param answers the request to which the response is an answer. */
function whyInvalid(error: Error, answers: string, logins: ExternalLogins): string {
  const { message } = error;
  if (/InResponseTo is not valid/i.test(message))
    return logins.isUsed(answers)
      ? `it answers the request ${answers}, which was answered before (a replay)`
      : `it answers the request ${answers}, which this login did not send`;
  // The library reads them without checking that they exist.
  if (error instanceof TypeError) return 'the assertion lacks what it must have (Conditions)';
  const changed = 'signature is not right: another key made it, or what it covers was changed';
  if (message === 'Invalid signature') return `its assertion’s ${changed}`;
  if (message === 'Invalid document signature') return `its own ${changed}`;
  return message;
}

/** The library's form of an element: attributes in `$`, text in `_`, children by name. */
type Element = { $?: Record<string, string>; _?: string } & Record<string, unknown>;
const children = (element: Element | undefined, name: string): Element[] =>
  (element?.[name] as Element[] | undefined) ?? [];

/** SAML Profiles 4.1.4.2 and 4.1.4.3: a bearer confirmation for this request and recipient, not expired. */
function confirmationOf(assertion: Element, { acs }: SamlPeer, { requestId }: Pending): string | undefined {
  const confirmations = children(children(assertion, 'Subject')[0], 'SubjectConfirmation').filter(
    ({ $ }) => $?.Method === 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  );
  const problems = confirmations.map((one) => {
    const data = children(one, 'SubjectConfirmationData')[0]?.$ ?? {};
    if (data.Recipient !== acs) return `its Recipient is ${data.Recipient ?? 'missing'}, not ${acs}`;
    if (data.InResponseTo !== requestId)
      return `its assertion answers the request ${data.InResponseTo ?? '(none)'}, which this login did not send`;
    const until = Date.parse(data.NotOnOrAfter ?? '');
    if (!(Date.now() - CLOCK_SKEW < until)) return 'its confirmation has expired, or never does';
    return data.NotBefore === undefined ? undefined : 'its confirmation has NotBefore, which none may have';
  });
  if (problems.length === 0) return 'no bearer is confirmed';
  return problems.includes(undefined) ? undefined : problems[0];
}

function issuerOf(profile: Profile, { issuer }: SamlPeer): string | undefined {
  return issuer === undefined || profile.issuer === issuer
    ? undefined
    : `its Issuer is ${profile.issuer}, not ${issuer}`;
}
