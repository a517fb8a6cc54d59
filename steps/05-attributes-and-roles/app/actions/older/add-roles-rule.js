/**
 * A Rule: what an Action was before Actions. Real tenants run no Rules since November 2026; you meet them in older code.
 * It touches logins and refreshes, like the Action, and names what it adds on `context`.
 */
function addRoles(user, context, callback) {
  const roles = context.authorization.roles;
  context.idToken['https://call-your-api.example/roles'] = roles;
  context.accessToken['https://call-your-api.example/roles'] = roles;
  callback(null, user, context);
}
