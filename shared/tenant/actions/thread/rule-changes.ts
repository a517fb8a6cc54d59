type Json = Record<string, unknown>;

/** Properties of `context` that Auth0 uses and this tenant ignores. */
const WITHOUT_EFFECT: Record<string, string> = {
  multifactor: 'there is no second factor here',
  samlConfiguration: 'the tenant is no SAML identity provider for applications',
  primaryUser: 'users are not linked here: the login remains that of the user who logged in',
  jwtConfiguration: 'tokens are signed, and end, as tenant.yaml says',
  sso: 'sessions end as tenant.yaml says',
  sessionID: 'sessions end as tenant.yaml says',
  authorization: 'roles are those of user-roles.json and the Management API',
  authentication: 'how the user logged in is not the Rule’s to say',
  organization: 'there are no organizations here',
};
/** Read-only on a real tenant too. */
const GIVEN = new Set(
  `clientID clientMetadata clientName connection connectionID connectionMetadata connectionOptions connectionStrategy protocol request
  riskAssessment stats tenant`.split(/\s+/),
);
/** Read after the Rule, or passed on by `auth0.users`. */
const OF_CONTEXT = new Set(['idToken', 'accessToken', 'redirect']);
const OF_USER = new Set(['app_metadata', 'user_metadata']);

/** JSON of what a Rule receives, to find its changes. */
export const snapshotOf = (user: Json, context: Json) => ({ user: texts(user), context: texts(context) });

const texts = (object: Json) => new Map(Object.keys(object).map((key) => [key, textOf(object, key)]));

function textOf(object: Json, key: string): string {
  try {
    return JSON.stringify(object[key]) ?? 'undefined';
  } catch {
    // Auth0 ignores what is not JSON.
    return '';
  }
}

/** Changes without effect here. Own properties, by which Rules communicate, are not included. */
export function ignoredBy(before: ReturnType<typeof snapshotOf>, user: Json, context: Json): string[] {
  const changed = (now: Json, then: Map<string, string>) =>
    Object.keys(now).filter((key) => textOf(now, key) !== (then.get(key) ?? 'undefined'));
  return [
    ...changed(context, before.context)
      .filter((key) => !OF_CONTEXT.has(key))
      .flatMap((key) => {
        const why = Object.hasOwn(WITHOUT_EFFECT, key) ? WITHOUT_EFFECT[key] : undefined;
        if (why) return [`set context.${key}, which has no effect in the local tenant: ${why}`];
        return GIVEN.has(key) ? [`set context.${key}, which has no effect: a Rule can only read it`] : [];
      }),
    ...changed(user, before.user)
      .filter((key) => !OF_USER.has(key))
      .map(
        (key) =>
          `set user.${key}, which only the Rules after it see: put what belongs into a token into context.idToken or context.accessToken`,
      ),
  ];
}
