import { interactionPolicy } from '../../lib/oidc-provider';
import { asksForConsent } from './consent';
import type { TenantContext } from './context';
import { addScriptsPrompt } from './scripts';

/** When a user sees which page: login, scripts (if there are any), consent. */
export function policy(tenant: TenantContext) {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  const login = prompts.get('login');
  login?.checks.add(
    new Check(
      'account_gone',
      'the user of this session was deleted or blocked since',
      'login_required',
      ({ oidc }) => oidc.session?.accountId !== undefined && !oidc.account,
    ),
  );
  // An application that requests one provider must not get a user of another.
  login?.checks.add(
    new Check(
      'other_connection',
      'the session is of another connection than the one that was asked for',
      'login_required',
      ({ oidc: { params, session } }) => {
        const user = tenant.users.findById(session?.accountId ?? '');
        const asked = params?.connection;
        return (
          asked !== undefined && !!user && !user.identities.some(({ connection }) => connection === asked)
        );
      },
    ),
  );
  const consent = prompts.get('consent');
  // An implied prompt=consent must not show the page by itself.
  consent?.checks.remove('consent_prompt');
  consent?.checks.add(
    new Check(
      'consent_asked',
      'consent was asked for by prompt=consent',
      'consent_required',
      (ctx) => asksForConsent(ctx) && !ctx.oidc.result?.consent,
    ),
  );
  for (const reason of ['op_scopes_missing', 'rs_scopes_missing']) {
    const check = consent?.checks.get(reason);
    if (check) check.error = 'consent_required';
  }
  if (tenant.scripts.runsAtLogIn) addScriptsPrompt(prompts, tenant);
  return prompts;
}
