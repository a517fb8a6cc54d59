/** Custom claims have names in a namespace of your own. It looks like an address, and nobody ever calls it. */
const NAMESPACE = 'https://call-your-api.example';

/**
 * Runs at the tenant, after each login and at each refresh, before the tokens are made.
 *
 * @param {import('./auth0-actions').PostLoginEvent} event who logs in, with what, at which application
 * @param {import('./auth0-actions').PostLoginAPI} api what may be changed
 */
exports.onExecutePostLogin = async (event, api) => {
  // BEGIN SOLUTION 5.2
  // STUB // Task 5.2: put roles and office into both tokens
  const attributes = {
    roles: event.authorization?.roles ?? [],
    office: event.user.app_metadata.office,
  };
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    api.idToken.setCustomClaim(`${NAMESPACE}/${name}`, value);
    api.accessToken.setCustomClaim(`${NAMESPACE}/${name}`, value);
  }
  // END SOLUTION
};
