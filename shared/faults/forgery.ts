import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';

/** How the tenant can sign; `HS256` takes the application's secret, and `none` leaves the signature empty. */
export const ALGORITHMS = ['RS256', 'PS256', 'RS512', 'HS256', 'none'] as const;

/** Values by name. `null` leaves the name out; `now+60` and `now-60` are seconds since the epoch when the answer is made. */
const members = z.record(z.string().min(1), z.json());
/** A query has no other values than text. */
const parameters = z.record(z.string().min(1), z.string().nullable());

const tokenChange = z.strictObject({
  claims: members.optional(),
  /** Members of the JOSE header; `alg` is also how the tenant signs. */
  header: members
    .refine(({ alg }) => alg === undefined || ALGORITHMS.some((known) => known === alg), {
      error: () => `alg must be one of ${ALGORITHMS.join(', ')}`,
    })
    .optional(),
  /** Signs with a key that the tenant does not publish. */
  key: z.literal('unpublished').optional(),
});

/** What the tenant answers wrongly. It makes and signs the forged answer itself, so that only what is named here is wrong. */
export const forgery = z.strictObject({
  /** At which answer of the token endpoint. Default: both. */
  at: z.enum(['login', 'refresh']).optional(),
  id_token: tokenChange.optional(),
  access_token: tokenChange.optional(),
  /** Members of the token endpoint's JSON (RFC 6749, section 5.1). */
  answer: members.optional(),
  /** Members of the discovery document (OpenID Connect Discovery 1.0, section 3). */
  metadata: members.optional(),
  /** Parameters of the redirect to the application's callback (RFC 6749, section 4.1.2). */
  callback: parameters.optional(),
});
export type Forgery = z.output<typeof forgery>;
export type TokenChange = z.output<typeof tokenChange>;
type Members = z.output<typeof members>;

/** Where each part is answered. */
const AT_TOKEN_ENDPOINT = ['id_token', 'access_token', 'answer'] as const;

/** The beginnings of the paths at which a forgery can be seen. */
export function pathsOf(one: Forgery): string[] {
  return [
    ...(AT_TOKEN_ENDPOINT.some((part) => one[part] !== undefined) ? ['/oauth/token'] : []),
    ...(one.metadata ? ['/.well-known/openid-configuration'] : []),
    ...(one.callback ? ['/authorize'] : []),
  ];
}

/** A forgery, and the callback that is called when an answer got it. */
interface InForce {
  forgery: Forgery;
  onUse: () => void;
}

const inForce = new AsyncLocalStorage<InForce>();

/** Has the tenant forge what it answers to the request that `work` serves. */
export function withForgery<T>(one: InForce, work: () => T): T {
  return inForce.run(one, work);
}

/** The forgery for the request that is being answered here; whoever applies it calls `onUse`. */
export const forgeryHere = (): InForce | undefined => inForce.getStore();

/** @param nowInSeconds since the epoch, by the tenant's clock. @returns the object with other members. */
export function changed<T extends object>(one: T, change: Members = {}, nowInSeconds: number): T {
  const result = new Map<string, unknown>(Object.entries(one));
  for (const [name, value] of Object.entries(change)) {
    if (value === null) result.delete(name);
    else result.set(name, resolved(value, nowInSeconds));
  }
  return Object.fromEntries(result) as T;
}

function resolved(value: unknown, now: number): unknown {
  const found = typeof value === 'string' ? /^now([+-]\d+)?$/.exec(value) : null;
  return found ? now + Number(found[1] ?? 0) : value;
}
