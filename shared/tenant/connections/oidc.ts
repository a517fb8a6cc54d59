import * as client from 'openid-client';
import type { ConnectionProfile } from '../users/directory';
import { LoginRefused, type Pending } from './external-logins';

export interface OidcPeer {
  name: string;
  /** The issuer, or the URL of its discovery document. */
  issuer: string;
  client_id: string;
  client_secret: string;
  scope: string[];
  /** Default: client_secret_basic. */
  auth?: 'client_secret_basic' | 'client_secret_post' | null | undefined;
}

/** By provider; failed discovery is not stored. */
const discovered = new Map<string, Promise<client.Configuration>>();

function configurationOf({
  issuer,
  client_id,
  client_secret,
  auth,
}: OidcPeer): Promise<client.Configuration> {
  const key = JSON.stringify([issuer, client_id, client_secret, auth]);
  const known = discovered.get(key);
  if (known) return known;
  const server = new URL(issuer);
  const authentication = auth === 'client_secret_post' ? client.ClientSecretPost : client.ClientSecretBasic;
  const found = client.discovery(server, client_id, undefined, authentication(client_secret), {
    // Checks the ID token's signature although it comes directly from the provider: loopback has no TLS.
    execute: [
      client.enableNonRepudiationChecks,
      ...(server.protocol === 'http:' ? [client.allowInsecureRequests] : []),
    ],
  });
  discovered.set(key, found);
  found.catch(() => discovered.delete(key));
  return found;
}

/** The authorization URL (OpenID Connect Core 3.1.2.1, with PKCE).
 * @throws LoginRefused when the provider does not answer. */
export async function beginOidc(
  peer: OidcPeer,
  pending: Pending,
  redirect_uri: string,
  more: Record<string, string>,
): Promise<URL> {
  const configuration = await configurationOf(peer).catch((error: Error) => {
    throw new LoginRefused(
      `${peer.name} cannot be asked at ${peer.issuer}: ${causes(error)}`,
      'server_error',
      `${peer.name} does not answer.`,
    );
  });
  pending.nonce = client.randomNonce();
  pending.code_verifier = client.randomPKCECodeVerifier();
  return client.buildAuthorizationUrl(configuration, {
    ...more,
    redirect_uri,
    scope: [...new Set(['openid', ...peer.scope])].join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(pending.code_verifier),
    code_challenge_method: 'S256',
  });
}

/** Redeems the code and checks the ID token (OpenID Connect Core 3.1.3.7) and `iss` (RFC 9207). @param answer the
 * callback URL with its query. @throws LoginRefused when the provider's answer is an error or invalid. */
export async function finishOidc(peer: OidcPeer, pending: Pending, answer: URL): Promise<ConnectionProfile> {
  try {
    const tokens = await client.authorizationCodeGrant(await configurationOf(peer), answer, {
      expectedState: pending.state,
      expectedNonce: pending.nonce ?? '',
      pkceCodeVerifier: pending.code_verifier ?? '',
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error('no ID token came');
    return profileOfClaims(claims);
  } catch (error) {
    throw refusal(error as Error, peer);
  }
}

/** Claims about the token, not about the user. */
const ABOUT_TOKEN = new Set(
  'iss aud exp iat nbf jti nonce azp at_hash c_hash s_hash auth_time acr amr sid sub'.split(' '),
);

/** OpenID Connect Core 5.1. */
export function profileOfClaims(claims: Record<string, unknown>): ConnectionProfile {
  const { name, nickname, picture, given_name, family_name, email, email_verified, ...rest } = claims;
  const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);
  return {
    user_id: String(claims.sub),
    name: text(name),
    nickname: text(nickname),
    picture: text(picture),
    given_name: text(given_name),
    family_name: text(family_name),
    email: text(email),
    email_verified: email_verified === true,
    attributes: Object.fromEntries(Object.entries(rest).filter(([claim]) => !ABOUT_TOKEN.has(claim))),
  };
}

/** For the event stream and for the application. */
export function refusal(error: Error, { name }: Pick<OidcPeer, 'name'>): LoginRefused {
  if (error instanceof client.AuthorizationResponseError) {
    const { error: code, error_description } = error;
    const details = error_description ? `${code}: ${error_description}` : code;
    return new LoginRefused(`${name} says ${details}`, code, error_description ?? `${name} says ${code}.`);
  }
  if (error instanceof client.ResponseBodyError) {
    const details = [error.error, error.error_description].filter(Boolean).join(': ');
    return new LoginRefused(
      `${name} does not redeem the code: ${details}`,
      'access_denied',
      `${name} did not confirm the login.`,
    );
  }
  return new LoginRefused(
    `the answer of ${name} is not to be trusted: ${causes(error)}`,
    'access_denied',
    `The answer of ${name} could not be verified.`,
  );
}

/** The library's message says little; expected and actual values are in the causes. */
export function causes(error: Error): string {
  const details: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at !== null && typeof at === 'object'; depth++) {
    const { message, code, expected, claim, claims } = at as Record<string, unknown>;
    if (typeof message === 'string' && message) details.push(message);
    else if (typeof code === 'string') details.push(code);
    if (expected !== undefined) details.push(`expected ${JSON.stringify(expected)}`);
    if (typeof claim === 'string' && claims) details.push(`got ${JSON.stringify((claims as never)[claim])}`);
    at = (at as Error).cause;
  }
  return details.join(', ');
}
