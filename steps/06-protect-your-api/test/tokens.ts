import { createHmac, createPublicKey } from 'node:crypto';
import path from 'node:path';
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { AUDIENCE, type TestEnvironment } from '../../../shared/checks';
import { workFolder } from '../../../shared/lib/places';
import { openDataFolder } from '../../../shared/tenant/keys/key-file';

export type Claims = JWTPayload & Record<string, unknown>;
export type Header = Record<string, unknown>;

export const ALL_SCOPES = 'read:appointments create:appointments delete:appointments';

/** Two users with whom the app has nothing to do. */
export const [USER, OTHER] = ['auth0|0000000000000000000000a1', 'auth0|0000000000000000000000b2'];

/** Seconds since the epoch, by the clock of this run. */
export const seconds = (on: TestEnvironment): number => Math.floor(on.clock.now() / 1000);

/** The claims of an access token that the API must accept. */
export const validClaims = (on: TestEnvironment): Claims => ({
  iss: on.tenant.issuer,
  sub: USER,
  aud: AUDIENCE,
  iat: seconds(on),
  exp: seconds(on) + 3600,
  azp: 'check',
  scope: ALL_SCOPES,
});

/** An access token with the tenant's own signature. @param claims undefined leaves one out. */
export async function accessToken(
  on: TestEnvironment,
  claims: Claims = {},
  header: Header = {},
): Promise<string> {
  const [key] = await on.signingKeys();
  return sign(key as JWK, { ...validClaims(on), ...claims }, header);
}

/** A token that another key signed, under the `kid` of the tenant's key unless the header says otherwise. */
export async function foreignToken(
  on: TestEnvironment,
  claims: Claims = {},
  header: Header = {},
): Promise<string> {
  const [own] = await on.signingKeys();
  return sign(await strangersKey(), { ...validClaims(on), ...claims }, { kid: own?.kid, ...header });
}

/** A key that no tenant publishes; made once on each machine. */
export async function strangersKey(): Promise<JWK> {
  const { signingKeys } = await openDataFolder(path.join(workFolder(), 'keys-of-strangers'));
  return signingKeys[0] as JWK;
}

/** The public half, as a JWKS has it. */
export const publicHalf = ({ kty, n, e, kid }: JWK): JWK =>
  ({ kty, n, e, kid, alg: 'RS256', use: 'sig' }) as JWK;

async function sign(key: JWK, claims: Claims, header: Header): Promise<string> {
  const all = { alg: 'RS256', typ: 'JWT', kid: key.kid, ...header } as { alg: string };
  return new SignJWT(claims).setProtectedHeader(all).sign(await importJWK(key, 'RS256'));
}

/** A token without a signature (RFC 8725, section 2.1). @param alg as an attacker writes it. */
export async function unsigned(on: TestEnvironment, alg: string): Promise<string> {
  const [key] = await on.signingKeys();
  return `${encoded({ alg, typ: 'JWT', kid: key?.kid })}.${encoded(validClaims(on))}.`;
}

/** Signed with HS256, with the tenant's public key as the secret (RFC 8725, section 2.1). */
export async function hmacWithPublicKey(on: TestEnvironment, form: 'PEM' | 'JWK'): Promise<string> {
  const [key] = await on.signingKeys();
  const jwk = publicHalf(key as JWK);
  const secret =
    form === 'PEM'
      ? createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
      : JSON.stringify(jwk);
  const input = `${encoded({ alg: 'HS256', typ: 'JWT', kid: key?.kid })}.${encoded(validClaims(on))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The same token with other claims, and the signature of before. */
export function withOtherClaims(token: string, claims: Claims): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const before = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  return `${header}.${encoded({ ...before, ...claims })}.${signature}`;
}

/** The same token with another header, and the signature of before. */
export function withOtherHeader(token: string, header: Header): string {
  const [before = '', ...rest] = token.split('.');
  const members = JSON.parse(Buffer.from(before, 'base64url').toString()) as Header;
  return [encoded({ ...members, ...header }), ...rest].join('.');
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
