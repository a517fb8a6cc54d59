import type { IncomingMessage, ServerResponse } from 'node:http';
import { connectionOf, type User } from '../config/user';
import { leaveToOther } from '../provider/logout';
import type { Details, Now } from './now';

/** Continues every login, whatever the connection. @param amr the authentication methods (RFC 8176), if known. */
export async function loggedIn(
  req: IncomingMessage,
  res: ServerResponse,
  details: Details,
  user: User,
  { tenant, provider }: Now,
  amr?: string[],
): Promise<void> {
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
export function notLoggedIn(
  req: IncomingMessage,
  res: ServerResponse,
  { provider }: Now,
  error: string,
  error_description: string,
): Promise<void> {
  return provider.interactionFinished(
    req,
    res,
    { error, error_description },
    { mergeWithLastSubmission: false },
  );
}
