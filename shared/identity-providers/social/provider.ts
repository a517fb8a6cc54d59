import type { Provider as ProviderType } from 'oidc-provider';
import { Provider } from '../../lib/oidc-provider';
import { Store } from '../../lib/oidc-store';
import { answerPlainErrors } from '../../lib/plain-errors';
import { page } from '../pages';
import { GAGGLE_ACCOUNTS } from './accounts';
import { BRAND } from './brand';
import { SOCIAL_CLIENT_ID, type socialKeys } from './keys';

const DAY = 24 * 3600;

/** The provider's whole protocol, by oidc-provider; lifetimes in seconds. */
export function buildSocialProvider(
  issuer: string,
  callbacks: string[],
  stored: Awaited<ReturnType<typeof socialKeys>>,
): ProviderType {
  const store = new Store({ leewayOf: () => 0, onReuse: () => {} });
  const origin = new URL(issuer).origin;
  const provider = new Provider(issuer, {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: [{ ...stored.signingKey }] },
    clients: [
      {
        client_id: SOCIAL_CLIENT_ID,
        client_secret: stored.client_secret,
        client_name: 'the tenant of Call Your API',
        redirect_uris: callbacks,
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    scopes: ['openid', 'profile', 'email'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'locale'],
      email: ['email', 'email_verified'],
    },
    // ID tokens carry the claims too, like Google's.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    cookies: {
      keys: [stored.cookieKey],
      names: { session: 'gaggle.sid', interaction: 'gaggle.interaction', resume: 'gaggle.resume' },
      long: { httpOnly: true, sameSite: 'lax', overwrite: true },
      short: { httpOnly: true, sameSite: 'lax', overwrite: true },
    },
    interactions: { url: (_ctx, { uid }) => `/sign-in/${uid}` },
    findAccount: (_ctx, sub) => {
      const account = GAGGLE_ACCOUNTS.find((one) => one.sub === sub);
      if (!account) return undefined;
      const { password: _, ...claims } = account;
      const name = `${account.given_name} ${account.family_name}`;
      return {
        accountId: sub,
        claims: () => ({ ...claims, name, locale: 'en', email_verified: true }),
      };
    },
    // A registered application may see name and e-mail address: no consent page.
    loadExistingGrant: async ({ oidc: { client, account, provider, requestParamScopes } }) => {
      if (!client || !account) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 3600,
      Session: DAY,
      Grant: DAY,
    },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page('error', BRAND, origin, {
        title: 'The request cannot be answered',
        explanation: `${out.error}: ${out.error_description ?? 'no more is known'}`,
        next: 'Go back to the app and log in again.',
      });
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body) return;
    ctx.status = 404;
    ctx.type = 'html';
    ctx.body = page('error', BRAND, origin, {
      title: 'No sign-in',
      explanation: 'There is nothing at this address.',
      next: 'Go back to the app and log in again.',
    });
  });
  answerPlainErrors(provider);
  return provider;
}
