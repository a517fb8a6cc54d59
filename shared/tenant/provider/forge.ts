import { createHash } from 'node:crypto';
import { CompactSign, decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, type JWK } from 'jose';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { changed, type Forgery, forgeryHere, type TokenChange } from '../../faults/forgery';
import { memoize } from '../../lib/memoize';
import { PATHS } from './paths';

/** A key that no JWKS has. Made at the first need, since it takes a tenth of a second. */
const unpublished = memoize(async (alg) => (await generateKeyPair(alg)).privateKey);

/** Forges answers where fault injection asks for it, and signs the forged tokens as it signs its own. */
export function answerForged(signingKeys: readonly JWK[]) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const here = forgeryHere();
    if (here && (await forge(ctx, here.forgery, signingKeys))) here.onUse();
  };
}

/** @returns whether the answer is one that the forgery names. */
async function forge(ctx: KoaContextWithOIDC, forgery: Forgery, keys: readonly JWK[]): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000);
  if (ctx.path === PATHS.token) return forgeTokens(ctx, forgery, keys, now);
  if (forgery.metadata && ctx.path === '/.well-known/openid-configuration') {
    ctx.body = changed(ctx.body as object, forgery.metadata, now);
    return true;
  }
  if (forgery.callback && ctx.path.startsWith(PATHS.authorization)) return forgeRedirect(ctx, forgery, now);
  return false;
}

async function forgeTokens(
  ctx: KoaContextWithOIDC,
  forgery: Forgery,
  keys: readonly JWK[],
  now: number,
): Promise<boolean> {
  const body = ctx.body as Record<string, unknown> | undefined;
  const { access_token, id_token } = body ?? {};
  const step = ctx.oidc.params?.grant_type === 'refresh_token' ? 'refresh' : 'login';
  if (typeof access_token !== 'string' || (forgery.at ?? step) !== step) return false;
  const secret = ctx.oidc.client?.clientSecret ?? '';
  const sign = (token: string, change: TokenChange, claims = {}) =>
    signed(token, { ...change, claims: { ...claims, ...change.claims } }, { keys, secret, now });
  const made: Record<string, unknown> = { ...body };
  // An opaque access token has nothing to change.
  if (forgery.access_token && access_token.split('.').length === 3)
    made.access_token = await sign(access_token, forgery.access_token);
  if (typeof id_token === 'string') {
    // Only what is named is wrong: the hash of the access token is right again.
    const hash = made.access_token !== access_token && decodeJwt(id_token).at_hash !== undefined;
    const claims = hash ? { at_hash: hashOf(String(made.access_token)) } : {};
    if (forgery.id_token || hash) made.id_token = await sign(id_token, forgery.id_token ?? {}, claims);
  }
  ctx.body = changed(made, forgery.answer, now);
  return true;
}

/** The left half of SHA-256 (OpenID Connect Core 3.1.3.6), which goes with RS256. */
const hashOf = (token: string) =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

async function signed(
  token: string,
  { claims, header, key }: TokenChange,
  { keys, secret, now }: { keys: readonly JWK[]; secret: string; now: number },
): Promise<string> {
  const payload = Buffer.from(JSON.stringify(changed(decodeJwt(token), claims, now)));
  const head = { alg: 'RS256', ...changed(decodeProtectedHeader(token), header, now) };
  if (head.alg === 'none')
    return `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${payload.toString('base64url')}.`;
  const signer = new CompactSign(payload).setProtectedHeader(head);
  if (head.alg === 'HS256') return signer.sign(Buffer.from(secret));
  const { alg: _, ...own } = keys[0] ?? {};
  return signer.sign(key === 'unpublished' ? await unpublished(head.alg) : await importJWK(own, head.alg));
}

/** Changes the address of the application's callback; every other redirect remains as it is. */
function forgeRedirect(ctx: KoaContextWithOIDC, { callback }: Forgery, now: number): boolean {
  const location = ctx.response.get('location');
  if (!URL.canParse(location)) return false;
  const url = new URL(location);
  if (!url.searchParams.has('code') && !url.searchParams.has('error')) return false;
  const parameters = changed(Object.fromEntries(url.searchParams), callback, now);
  url.search = String(new URLSearchParams(parameters as Record<string, string>));
  ctx.response.set('location', url.href);
  return true;
}
