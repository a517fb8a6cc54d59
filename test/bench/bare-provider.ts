import http from 'node:http';
import type { AdapterPayload, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { interactionPolicy, Provider } from '../../shared/lib/oidc-provider';
import { consentPage, loginPage } from '../../shared/tenant/pages';
import { verifyPassword } from '../../shared/tenant/users/passwords';
import { DATABASE, readUsers } from '../support/users';
import type { ServerSettings } from './tenant-server';

/**
 * The baseline of the tenant's figures: oidc-provider as its documentation configures it, with the same key type, the
 * same pages and the same password check, and nothing else of the tenant: no events, no Auth0 dialect, no reload.
 */
export async function bareProvider({
  users,
  key,
  audience,
  callback,
}: ServerSettings): Promise<http.RequestListener> {
  const directory = await readUsers(users);
  // Filled in below: the issuer's port is known only when the server listens.
  const policy = interactionPolicy.base();
  const configuration: Configuration = {
    adapter: mapAdapter(),
    jwks: { keys: [key] },
    cookies: { keys: ['only-for-the-benchmark'] },
    clients: [
      {
        client_id: 'bench',
        client_secret: 'a-secret-for-the-benchmark',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    routes: { authorization: '/authorize', token: '/oauth/token' },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name', 'picture'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    extraParams: ['audience'],
    pkce: { required: () => true },
    rotateRefreshToken: () => true,
    interactions: {
      policy,
      url: (_ctx, interaction) => `/interaction/${interaction.uid}/${interaction.prompt.name}`,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (ctx, _client, oneOf) => oneOf ?? (ctx.oidc.params?.audience as string),
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: 'read:appointments',
          audience,
          accessTokenFormat: 'jwt' as const,
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' as const } },
        }),
      },
    },
    findAccount: (_ctx, id) => {
      const user = directory.findById(id);
      return user && { accountId: id, claims: () => ({ sub: id, name: user.name, email: user.email }) };
    },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      IdToken: 36_000,
      Interaction: 3600,
      Session: 86_400,
      Grant: 2_592_000,
      RefreshToken: 2_592_000,
    },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.body = out;
    },
  };
  let provider: InstanceType<typeof Provider> | undefined;
  return (req, res) => {
    provider ??= build(`http://${req.headers.host}`);
    provider.callback()(req, res);
  };

  function build(issuer: string): InstanceType<typeof Provider> {
    const made = new Provider(issuer, configuration);
    made.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
      const found = /^\/interaction\/([^/]+)\/(login|consent)$/.exec(ctx.path);
      if (!found) return next();
      const details = await made.interactionDetails(ctx.req, ctx.res);
      const tenantOrigin = issuer;
      ctx.type = 'html';
      ctx.set('cache-control', 'no-store');
      if (ctx.method === 'GET') {
        const common = { action: ctx.path, application: 'Bench', tenantOrigin };
        const user = directory.findById(String(details.session?.accountId));
        ctx.body =
          found[2] === 'login'
            ? loginPage({ ...common, callbackOrigin: new URL(callback).origin })
            : consentPage({
                ...common,
                user: { name: user?.name ?? '', email: user?.email ?? '', picture: user?.picture ?? '' },
                api: { name: 'Appointments API', identifier: audience },
                scopes: String(details.params.scope)
                  .split(' ')
                  .map((value) => ({ value, description: value })),
              });
        return;
      }
      const form = await readForm(ctx.req);
      let result: Parameters<typeof made.interactionResult>[2];
      if (found[2] === 'login') {
        const user = directory.findByEmail(DATABASE, form.get('email') ?? '');
        if (!(await verifyPassword(user, form.get('password') ?? ''))) {
          ctx.status = 401;
          return;
        }
        result = { login: { accountId: user?.user_id ?? '' } };
      } else {
        const grant = new made.Grant({ accountId: String(details.session?.accountId), clientId: 'bench' });
        grant.addOIDCScope('openid profile email offline_access');
        grant.addResourceScope(audience, 'read:appointments');
        result = { consent: { grantId: await grant.save() } };
      }
      ctx.status = 303;
      ctx.redirect(
        await made.interactionResult(ctx.req, ctx.res, result, {
          mergeWithLastSubmission: found[2] === 'consent',
        }),
      );
    });
    return made;
  }
}

async function readForm(req: http.IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return new URLSearchParams(text);
}

/** What a plain in-memory adapter would be: maps, by id, by uid and by grant; nothing ever expires. */
function mapAdapter(): Configuration['adapter'] {
  const entries = new Map<string, AdapterPayload>();
  const uids = new Map<string, string>();
  const grants = new Map<string, Set<string>>();
  return (model: string) => {
    const key = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id: string, payload: AdapterPayload) => {
        entries.set(key(id), payload);
        if (payload.uid) uids.set(payload.uid, key(id));
        if (payload.grantId)
          grants.set(payload.grantId, (grants.get(payload.grantId) ?? new Set()).add(key(id)));
      },
      find: async (id: string) => entries.get(key(id)),
      findByUid: async (uid: string) => entries.get(uids.get(uid) ?? ''),
      findByUserCode: async () => undefined,
      destroy: async (id: string) => void entries.delete(key(id)),
      consume: async (id: string) => {
        const payload = entries.get(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      revokeByGrantId: async (grantId: string) => {
        for (const one of grants.get(grantId) ?? []) entries.delete(one);
      },
    };
  };
}
