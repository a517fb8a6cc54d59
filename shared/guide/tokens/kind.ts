import { decodeJwt, decodeProtectedHeader } from 'jose';
import { attempt } from '../../lib/attempt';
import { isTooDeep, textOf } from '../../lib/json';
import type { Tenant } from '../../tenant';

export interface Parts {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

export interface TokenKind {
  kind:
    | 'access token'
    | 'ID token'
    | 'logout token'
    | 'refresh token'
    | 'opaque'
    | 'encrypted'
    | 'broken'
    | 'none';
  why: string;
}

/** Header and claims of a JWT; undefined for other texts. */
export function partsOf(token: string): Parts | undefined {
  if (token.split('.').length !== 3) return undefined;
  if (token.split('.').some((part) => isTooDeep(Buffer.from(part, 'base64url').toString('latin1'))))
    return undefined;
  return attempt(() => ({ header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) }));
}

/** The client IDs of the tenant's applications; none for a real tenant. */
export function clientIdsOf(tenant: Tenant | undefined): ReadonlySet<string> {
  return new Set(tenant?.overview().applications.map(({ client_id }) => client_id));
}

/** The kind of a token. @param seenAs the member of a token endpoint's answer that contained it, if it was seen.
 * @param clientIds of the tenant's applications: the audience of ID tokens. */
export function kindOfToken(
  token: string,
  { seenAs, clientIds }: { seenAs: string | undefined; clientIds: ReadonlySet<string> },
): TokenKind {
  if (seenAs === 'refresh_token')
    return {
      kind: 'refresh token',
      why: 'The token endpoint returned it as refresh_token. It is opaque: only the tenant can read it. The app must not send it to anybody except the tenant.',
    };
  const parts = partsOf(token);
  if (parts && seenAs === 'id_token')
    return { kind: 'ID token', why: 'The token endpoint returned it as id_token. It is for the app.' };
  if (parts) return kindOfJwt(parts, clientIds);
  const count = token.split('.').length;
  if (count === 5 && attempt(() => 'enc' in decodeProtectedHeader(token)))
    return {
      kind: 'encrypted',
      why: 'It has five parts, and enc in its header, so it is a JWE. Only the owner of the key can read its claims.',
    };
  const changed =
    'It has three parts like a JWT, but one part is not base64url-encoded JSON. Text is missing or was changed.';
  const cut = `It begins like a JWT but has ${count} ${count === 1 ? 'part' : 'parts'} instead of three: a piece was not copied.`;
  if (token.startsWith('eyJ')) return { kind: 'broken', why: count === 3 ? changed : cut };
  if (seenAs === undefined && !isTokenLike(token))
    return {
      kind: 'none',
      why: 'A token is one long text of random letters and digits. This text is too short, or consists of words.',
    };
  const noAudience =
    'The token endpoint returned it as access_token, but it is not a JWT, because the app requested no audience. Only /userinfo accepts it.';
  const either =
    'It is not a JWT. It is a refresh token, or an access token that was requested without an audience. Only the tenant can distinguish them.';
  return { kind: 'opaque', why: seenAs === 'access_token' ? noAudience : either };
}

function kindOfJwt({ header, claims }: Parts, clientIds: ReadonlySet<string>): TokenKind {
  const typ = textOf(header.typ ?? '')
    .toLowerCase()
    .replace(/^application\//, '');
  if (typ === 'logout+jwt' || isObject(claims.events))
    return {
      kind: 'logout token',
      why: 'It notifies an app that a session ended (OpenID Connect Back-Channel Logout).',
    };
  if (typ === 'at+jwt') return { kind: 'access token', why: 'Its typ is at+jwt (RFC 9068, section 2.1).' };
  const audiences = [claims.aud].flat();
  const forClient = audiences.find((one) => typeof one === 'string' && clientIds.has(one));
  if (forClient !== undefined)
    return { kind: 'ID token', why: 'Its aud is the client ID of an application, not an API.' };
  const signs = ['nonce', 'at_hash', 'c_hash'].filter((name) => name in claims);
  if (signs.length > 0 && !('scope' in claims))
    return { kind: 'ID token', why: `It has ${signs.join(' and ')}, which only ID tokens have.` };
  if ('scope' in claims || 'permissions' in claims)
    return { kind: 'access token', why: 'It is a JWT with scopes.' };
  return { kind: 'access token', why: 'It is a JWT, and has none of the claims that only ID tokens have.' };
}

/** RFC 6750, section 2.1 (b64token), and as random as a secret must be: with digits, signs or many capitals. */
const isTokenLike = (text: string): boolean =>
  /^[\w.~+/-]{20,}=*$/.test(text) && /[\d_~+/-]|(?:[A-Z].*){4}/.test(text);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
