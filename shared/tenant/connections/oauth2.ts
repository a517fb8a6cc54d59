import * as client from 'openid-client';
import type { OAuth2Connection } from '../config/connections';
import type { ConnectionProfile } from '../users/directory';
import { LoginRefused, type Pending } from './external-logins';
import { causes, profileOfClaims, refusal } from './oidc';
import { fetchUserProfile } from './user-profile-script';

const nameOf = ({ display_name, name }: OAuth2Connection) => display_name ?? name;

/** A provider with two known endpoints: OAuth 2.0 itself has no discovery. */
function configurationOf({ options }: OAuth2Connection): client.Configuration {
  const { authorizationURL, tokenURL, client_id, client_secret } = options;
  const configuration = new client.Configuration(
    {
      issuer: new URL(authorizationURL).origin,
      authorization_endpoint: authorizationURL,
      token_endpoint: tokenURL,
    },
    client_id,
    undefined,
    client.ClientSecretPost(client_secret),
  );
  if (tokenURL.startsWith('http:')) client.allowInsecureRequests(configuration);
  return configuration;
}

/** RFC 6749, section 4.1.1. */
export async function beginOAuth2(
  connection: OAuth2Connection,
  pending: Pending,
  redirect_uri: string,
): Promise<URL> {
  const { scope, pkce_enabled, authParams } = connection.options;
  if (pkce_enabled) pending.code_verifier = client.randomPKCECodeVerifier();
  return client.buildAuthorizationUrl(configurationOf(connection), {
    ...authParams,
    redirect_uri,
    state: pending.state,
    ...(scope.length > 0 ? { scope: scope.join(' ') } : {}),
    ...(pending.code_verifier
      ? {
          code_challenge: await client.calculatePKCECodeChallenge(pending.code_verifier),
          code_challenge_method: 'S256',
        }
      : {}),
  });
}

/** Asks fetchUserProfile who logged in, since OAuth 2.0 does not say. @param answer the callback URL with its query.
 * @param onOutput receives the script's output. @throws LoginRefused when the provider or the script refuses. */
export async function finishOAuth2(
  connection: OAuth2Connection,
  pending: Pending,
  answer: URL,
  onOutput: (line: string) => void,
): Promise<ConnectionProfile> {
  const name = nameOf(connection);
  // No issuer is configured to compare it with.
  answer.searchParams.delete('iss');
  const tokens = await client
    .authorizationCodeGrant(configurationOf(connection), answer, {
      expectedState: pending.state,
      ...(pending.code_verifier ? { pkceCodeVerifier: pending.code_verifier } : {}),
    })
    .catch((error: Error) => {
      throw refusal(error, { name });
    });
  const failed = (reason: string) =>
    new LoginRefused(
      `fetchUserProfile of ${name} ${reason}`,
      'access_denied',
      `${name} did not say who you are.`,
    );
  const profile = await fetchUserProfile(connection, tokens, onOutput).catch((error: Error) => {
    throw failed(`failed: ${causes(error)}`);
  });
  const id = profile.user_id ?? profile.id ?? profile.sub;
  if (typeof id !== 'string' && typeof id !== 'number') throw failed('gave no user_id');
  const { user_id: _, id: __, ...claims } = profile;
  return { ...profileOfClaims(claims), user_id: String(id) };
}
