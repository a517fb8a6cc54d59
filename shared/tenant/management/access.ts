import type { Request, RequestHandler } from 'express';
import type { TenantContext } from '../provider/context';
import { ownToken } from '../provider/own-token';
import { namesThisMachine } from '../routes/sent-host';
import { ManagementError } from './failure';

export interface Caller {
  client_id: string;
  scopes: ReadonlySet<string>;
}

const callers = new WeakMap<Request, Caller>();

/** undefined for an unauthenticated request. */
export const callerIn = (req: Request): Caller | undefined => callers.get(req);

export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller) throw new Error('authenticated() must come before');
  return caller;
}

/** Requires an access token for the Management API.
 * @throws ManagementError 401, or 403 for a page in a browser, even with a token. */
export function authenticated(m: { tenant(): TenantContext }): RequestHandler {
  return async (req, res, next) => {
    const tenant = m.tenant();
    res.set('Cache-Control', 'no-store').set('X-Content-Type-Options', 'nosniff');
    mustBeProgram(req, tenant.issuer);
    const token = /^Bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1];
    if (token === undefined) throw unauthorized('Missing authentication', 'no Bearer token was sent');
    const audience = tenant.snapshot.management?.audience ?? '';
    const claims = await ownToken(token, tenant, audience);
    if (typeof claims === 'string')
      throw unauthorized(
        claims.includes('expired') ? 'Expired token received for JSON Web Token validation' : 'Invalid token',
        claims,
      );
    const clientId = String(claims.azp ?? '');
    if (claims.sub !== `${clientId}@clients`)
      throw unauthorized('Invalid token', 'the access token is a user’s, not an application’s');
    if (!tenant.snapshot.client(clientId))
      throw unauthorized('Invalid token', 'the application of the access token is no longer registered');
    callers.set(req, { client_id: clientId, scopes: new Set(String(claims.scope ?? '').split(' ')) });
    next();
  };
}

/** Requires one of the scopes. @throws ManagementError 403 insufficient_scope, in Auth0's words. */
export function allow(...scopes: string[]): RequestHandler {
  return (req, _res, next) => {
    const { scopes: granted } = callerOf(req);
    if (!scopes.some((scope) => granted.has(scope))) throw insufficientScope(scopes);
    next();
  };
}

export function insufficientScope(scopes: string[]): ManagementError {
  return new ManagementError(
    403,
    `Insufficient scope, expected any of: ${scopes.join(',')}`,
    'insufficient_scope',
  );
}

/** A short answer; the reason goes to the log. */
function unauthorized(message: string, reason: string): ManagementError {
  return Object.assign(new ManagementError(401, message, 'invalid_token'), { reason });
}

/** Another site's page could send a browser's request, and by DNS rebinding read the answer. Browsers send Origin and
 * Sec-Fetch-Site, programs do not. */
function mustBeProgram(req: Request, issuer: string): void {
  const site = req.get('sec-fetch-site');
  const foreign = req.get('origin') !== undefined || (site !== undefined && site !== 'none');
  if (foreign || !namesThisMachine(req, issuer))
    throw new ManagementError(
      403,
      'The Management API is for programs: it answers no page in a browser, and no other name than this machine’s own',
      'not_for_browsers',
    );
}
