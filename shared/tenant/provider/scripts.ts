import type { AccessToken, ClientCredentials, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { errors, interactionPolicy, Provider as Library } from '../../lib/oidc-provider';
import { type Changes, changedScopes } from '../actions/changes';
import type { Suspended, Verdict } from '../actions/pipeline';
import { askedPrompts } from './consent';
import type { TenantContext } from './context';
import { type CameBack, credentialsExchangeInput, postLoginInput } from './script-input';

/** What an authorization carries while its user logs in, consents or is redirected. */
interface Carried {
  user_id: string;
  changes?: Changes;
  suspended?: Suspended;
}

export interface ContinueResult {
  continue?: CameBack;
}

/** Seconds: a code lives for 60, and its redemption takes less than the rest. */
const UNTIL_REDEEMED = 120;
const MODEL = 'ScriptChanges';
const USERINFO = 'UserinfoClaims';

/** The changes for the current token request. */
const ofRequest = new WeakMap<KoaContextWithOIDC, Changes>();

/** The prompt between login and consent runs scripts once for each authorization. A redirect becomes an interaction;
 * a denial ends the authorization. */
export function addScriptsPrompt(
  policy: ReturnType<typeof interactionPolicy.base>,
  tenant: TenantContext,
): void {
  const { Check, Prompt } = interactionPolicy;
  const urls = new WeakMap<KoaContextWithOIDC, string>();
  const check = new Check(
    'scripts',
    'an Action or a Rule sends the user to another page',
    'interaction_required',
    async (ctx) => {
      const verdict = await authorized(ctx, tenant);
      if (verdict?.kind === 'redirect') urls.set(ctx, verdict.url);
      return verdict?.kind === 'redirect';
    },
    (ctx) => (urls.has(ctx) ? { url: urls.get(ctx) } : {}),
  );
  policy.add(new Prompt({ name: 'continue', requestable: false }, check), 1);
}

async function authorized(ctx: KoaContextWithOIDC, tenant: TenantContext): Promise<Verdict | undefined> {
  const { oidc } = ctx;
  const user = tenant.users.findById(oidc.account?.accountId ?? '');
  if (!user) return undefined;
  const about = { client_id: oidc.client?.clientId ?? '', user_id: user.user_id };
  const result = (oidc.result ?? {}) as { scripts?: Carried } & ContinueResult;
  const carried = result.scripts?.user_id === user.user_id ? result.scripts : undefined;
  const carry = (next: Omit<Carried, 'user_id'>) => {
    const { continue: _, ...rest } = result;
    (oidc as { result?: unknown }).result = { ...rest, scripts: { user_id: user.user_id, ...next } };
  };
  let changes = carried?.changes;
  if (changes === undefined) {
    const back = carried?.suspended ? result.continue : undefined;
    const suspended = back ? carried?.suspended : undefined;
    if (suspended) tenant.events.emit({ type: 'user came back', ...about, script: suspended.by });
    const input = postLoginInput(ctx, user, tenant, back);
    const verdict = await tenant.scripts.postLogin(
      input,
      about,
      storeMetadata(user.user_id, tenant),
      suspended,
    );
    // A grant without a code would never be removed.
    if (verdict.kind !== 'done' && oidc.grant?.jti) await oidc.grant.destroy();
    if (verdict.kind === 'denied')
      throw new errors.CustomOIDCProviderError(verdict.error, verdict.description, {
        detail: verdict.detail,
      });
    if (verdict.kind === 'redirect') {
      carry({ suspended: verdict.suspended });
      const { url, suspended: now } = verdict;
      if (!askedPrompts(oidc.params).includes('none'))
        tenant.events.emit({ type: 'user sent elsewhere', ...about, script: now.by, url: withoutToken(url) });
      return verdict;
    }
    changes = verdict.changes;
    reportOpaque(ctx, changes, tenant);
  }
  carry({ changes });
  // This request issues the ID token; there is no code.
  if (oidc.params?.response_type === 'id_token') ofRequest.set(ctx, changes);
  // The code belongs to this saved grant; without one, consent comes first and then this check again.
  const grantId = oidc.grant?.jti;
  if (grantId) await tenant.store.adapter(MODEL).upsert(grantId, { grantId, changes }, UNTIL_REDEEMED);
  return undefined;
}

/** Before the refresh token is used up. */
export async function beforeRefresh(ctx: KoaContextWithOIDC, tenant: TenantContext): Promise<void> {
  const user = tenant.users.findById(ctx.oidc.account?.accountId ?? '');
  if (!user || !tenant.scripts.runsAtLogIn) return;
  const about = { client_id: ctx.oidc.client?.clientId ?? '', user_id: user.user_id };
  const input = postLoginInput(ctx, user, tenant);
  const verdict = await tenant.scripts.postLogin(input, about, storeMetadata(user.user_id, tenant));
  ofRequest.set(ctx, changesOf(verdict));
}

/** Puts the scripts' changes into tokens. It patches the library's models: its own hooks run after the scope is
 * fixed. */
export function letScriptsChangeTokens(provider: Provider, tenant: TenantContext): void {
  const { AccessToken, ClientCredentials, IdToken } = provider;
  const saveForUser = AccessToken.prototype.save;
  const saveChanged = async (token: AccessToken, args: Parameters<typeof saveForUser>, changes: Changes) => {
    change(token, changes);
    const value = await saveForUser.apply(token, args);
    await storeForUserinfo(value, token, changes, tenant);
    return value;
  };
  // Adds no promise for the many requests without changes: each costs.
  AccessToken.prototype.save = function (this: AccessToken, ...args) {
    const changes = changesFor(current(), tenant);
    return changes ? saveChanged(this, args, changes) : saveForUser.apply(this, args);
  };
  const saveForMachine = ClientCredentials.prototype.save;
  ClientCredentials.prototype.save = async function (this: ClientCredentials, ...args) {
    const ctx = current();
    if (ctx && tenant.scripts.runsForMachines) {
      const scopes = this.scope?.split(' ') ?? [];
      const about = { client_id: ctx.oidc.client?.clientId ?? '', user_id: undefined };
      const changes = changesOf(
        await tenant.scripts.credentialsExchange(credentialsExchangeInput(ctx, scopes, tenant), about),
      );
      ofRequest.set(ctx, changes);
      change(this, changes);
    }
    return saveForMachine.apply(this, args);
  };
  const prototype = IdToken.prototype as unknown as IdTokenModel;
  const { payload } = prototype;
  prototype.payload = function (this: IdTokenModel) {
    const changes = changesFor(this.ctx, tenant);
    const made = payload.call(this);
    return changes ? made.then((claims) => ({ ...claims, ...changes.idToken })) : made;
  };
}

/** For the log: the token could be used in the page's place. */
function withoutToken(url: string): string {
  const shown = new URL(url);
  if (shown.searchParams.has('session_token')) shown.searchParams.set('session_token', '…');
  return shown.href;
}

interface IdTokenModel {
  ctx: KoaContextWithOIDC | undefined;
  payload(): Promise<Record<string, unknown>>;
}

export function customClaims(ctx: KoaContextWithOIDC): Record<string, unknown> | undefined {
  return ofRequest.get(ctx)?.accessToken;
}

/** Custom claims of the ID token that came with an access token; a real tenant's /userinfo has them too. */
export async function userinfoClaims(
  token: string,
  { store }: TenantContext,
): Promise<Record<string, unknown>> {
  const found = await store.adapter(USERINFO).find(fingerprint(token));
  return (found?.idToken ?? {}) as Record<string, unknown>;
}

const current = () => (Library as unknown as { ctx: KoaContextWithOIDC | undefined }).ctx;
/** The end of a signature, or a whole opaque token. */
const fingerprint = (token: string) => token.slice(-43);

function changesFor(ctx: KoaContextWithOIDC | undefined, { store }: TenantContext): Changes | undefined {
  if (!ctx) return undefined;
  const known = ofRequest.get(ctx);
  const grantId = ctx.oidc.entities.AuthorizationCode?.grantId;
  if (known || grantId === undefined) return known;
  const changes = store.peek(MODEL, grantId)?.changes as Changes | undefined;
  if (changes) ofRequest.set(ctx, changes);
  return changes;
}

function change(token: { scope?: string | undefined }, changes: Changes): void {
  const scope = changedScopes(token.scope, changes);
  if (scope === undefined) delete token.scope;
  else token.scope = scope;
}

async function storeForUserinfo(
  value: string,
  { grantId, expiration }: AccessToken,
  { idToken }: Changes,
  { store }: TenantContext,
): Promise<void> {
  if (Object.keys(idToken).length === 0) return;
  await store
    .adapter(USERINFO)
    .upsert(fingerprint(value), { ...(grantId ? { grantId } : {}), idToken }, expiration);
}

/** By error; default 400. */
const STATUSES = new Map([
  ['access_denied', 403],
  ['server_error', 500],
  ['temporarily_unavailable', 503],
]);

/** @throws the token endpoint's answer to a denial, or to a redirect, which is impossible there. */
function changesOf(verdict: Verdict): Changes {
  if (verdict.kind === 'done') return verdict.changes;
  const [error, description, detail] =
    verdict.kind === 'denied'
      ? [verdict.error, verdict.description, verdict.detail]
      : [
          'interaction_required',
          `${verdict.suspended.by} sends the user elsewhere`,
          `${verdict.suspended.by} called api.redirect.sendUserTo at a refresh, where there is no browser; test event.transaction.protocol first`,
        ];
  const refusal = new errors.CustomOIDCProviderError(error, description, { detail });
  // Also for a server error, the description is public.
  refusal.status = refusal.statusCode = STATUSES.get(error) ?? 400;
  refusal.expose = true;
  throw refusal;
}

const storeMetadata =
  (userId: string, { users }: TenantContext) =>
  ({ kind, key, value }: { kind: 'app_metadata' | 'user_metadata'; key: string; value: unknown }) =>
    void users.patch(userId, { [kind]: { [key]: value } });

/** The most common reason for a missing claim: an opaque token is unreadable. */
function reportOpaque(ctx: KoaContextWithOIDC, { accessToken }: Changes, { events }: TenantContext): void {
  const names = Object.keys(accessToken);
  const none = ctx.oidc.params?.response_type === 'id_token';
  if (names.length === 0 || (!none && Object.keys(ctx.oidc.resourceServers ?? {}).length > 0)) return;
  const reason = none
    ? `response_type=id_token gives no access token, so nobody will find ${names.join(', ')} in one`
    : `no API was asked for (no audience), so the access token is opaque and nobody will find ${names.join(', ')} in it`;
  events.emit({ type: 'action hint', script: 'Actions', reason });
}
