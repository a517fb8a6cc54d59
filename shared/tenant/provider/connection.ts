import { interactionPolicy } from '../../lib/oidc-provider';
import type { TenantContext } from './context';

/** connection=NAME asks for a login if the session's user is from another connection: an application that requests
 * one provider must not get a user of another. */
export function askForConnection(
  prompts: ReturnType<typeof interactionPolicy.base>,
  { users }: TenantContext,
): void {
  prompts.get('login')?.checks.add(
    new interactionPolicy.Check(
      'other_connection',
      'the session is of another connection than the one that was asked for',
      'login_required',
      ({ oidc: { params, session } }) => {
        const user = users.findById(session?.accountId ?? '');
        const asked = params?.connection;
        return (
          asked !== undefined && !!user && !user.identities.some(({ connection }) => connection === asked)
        );
      },
    ),
  );
}
