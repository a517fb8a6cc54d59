import { connectionOf, type User } from '../config/user';
import { leaveToOther } from '../provider/logout';
import type { Visit } from './now';

/** Continues every login, whatever the connection. @param amr the authentication methods (RFC 8176), if known. */
export async function loggedIn(visit: Visit, user: User, amr?: string[]): Promise<void> {
  const { req, res, details, tenant, provider } = visit;
  tenant.users.recordLogin(user.user_id, req.socket.remoteAddress);
  tenant.events.emit({
    type: 'login ok',
    client_id: String(details.params.client_id),
    user_id: user.user_id,
    connection: connectionOf(user),
  });
  const result = { login: { accountId: user.user_id, ...(amr ? { amr } : {}) } };
  const location = await provider.interactionResult(req, res, result, { mergeWithLastSubmission: false });
  if (details.session?.uid) await leaveToOther(provider, details.session.uid, user.user_id);
  res.writeHead(303, { location, 'content-length': 0 }).end();
}

/** Ends the login with an error for the application. */
export function notLoggedIn({ req, res, provider }: Visit, error: string, reason: string): Promise<void> {
  const result = { error, error_description: reason };
  return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}
