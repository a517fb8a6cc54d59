import { expect } from 'chai';
import { listSteps } from '../../shared/steps/layers';
import { appFolders, check } from '../support/check';

/** Which mistake each check of a step finds in the app of the step before. */
const BEFORE: Record<number, Record<string, string | undefined>> = {
  1: {
    '1.api-described': 'no-api',
    '1.service-found': 'no-api',
    '1.scopes-defined': 'no-api',
    '1.scopes-described': 'no-api',
    '1.lifetime': 'no-api',
    '1.offline-access': 'no-api',
    '1.application-registered': 'no-application',
    '1.callback-listed': 'no-application',
    '1.logout-listed': 'no-application',
    '1.code-grant': 'no-application',
    '1.database-enabled': 'no-application',
    '1.refresh-grant': 'no-application',
  },
  2: {
    '2.discovery': 'login-no-redirect',
    '2.id-token': 'login-no-redirect',
    '2.tenant-fails': 'login-no-redirect',
    '2.login-redirects': 'login-no-redirect',
    '2.openid-scope': 'login-no-redirect',
    '2.audience': 'login-no-redirect',
    '2.state': 'login-no-redirect',
    '2.nonce': 'login-no-redirect',
    '2.pkce': 'login-no-redirect',
    '2.secrets-stay': 'login-no-redirect',
    '2.code-redeemed': 'login-no-redirect',
    '2.profile': 'login-no-redirect',
    '2.profile-private': 'profile-public',
    '2.state-compared': 'login-no-redirect',
    '2.two-browsers': 'login-no-redirect',
    '2.error-handled': 'login-no-redirect',
    '2.error-escaped': 'login-no-redirect',
    '2.session-renewed': 'login-no-redirect',
    '2.return-to': 'login-no-redirect',
    '2.tokens-stay': 'login-no-redirect',
    '2.code-once': 'login-no-redirect',
    '2.logout': 'login-no-redirect',
  },
  3: {
    '3.scopes-requested': 'scope-not-requested',
    '3.api-called': 'api-not-called',
    '3.appointments-shown': 'appointments-not-shown',
    '3.token-not-read': 'api-not-called',
    '3.private': 'appointments-public',
    '3.appointment-added': 'api-not-called',
    '3.appointment-deleted': 'api-not-called',
    '3.change-refused': 'api-not-called',
    '3.refused-token': 'api-not-called',
    '3.missing-scope': 'api-not-called',
    '3.api-down': 'api-not-called',
    '3.api-slow': 'api-not-called',
  },
  4: {
    '4.offline-access': 'no-offline-access',
    '4.refreshes': 'no-refresh-token',
    '4.not-every-call': 'no-refresh-token',
    '4.retried-once': 'no-refresh-token',
    '4.rotation': 'no-refresh-token',
    '4.no-rotation': 'no-refresh-token',
    '4.two-users': 'no-refresh-token',
    '4.same-user': 'no-refresh-token',
    '4.outage': 'no-refresh-token',
    '4.parallel': 'no-refresh-token',
    '4.refused': 'no-refresh-token',
    '4.refresh-token-stays': 'no-refresh-token',
    '4.token-not-read': 'no-refresh-token',
  },
  5: {
    '5.roles': 'rbac-off',
    '5.permissions': 'no-authz-dialect',
    '5.id-token': 'action-not-bound',
    '5.access-token': 'action-not-bound',
    // The application that it plays comes with the step.
    '5.machine': undefined,
    '5.profile': 'not-in-id-token',
    '5.from-id-token': 'attributes-not-shown',
    '5.without-attributes': 'attributes-not-shown',
    '5.office': 'no-office',
    '5.menu': 'role-unknown',
    // Optional: it does not apply while no connection is enabled.
    '5.login-options': undefined,
  },
  // The API comes with the step.
  6: {
    '6.accepts': 'api-missing',
    '6.keys-stored': 'api-missing',
    '6.new-key': 'api-missing',
    '6.unknown-kid': 'api-missing',
    '6.tenant-down': 'api-missing',
    '6.signature': 'api-missing',
    '6.algorithm': 'api-missing',
    '6.key-in-header': 'api-missing',
    '6.issuer': 'api-missing',
    '6.audience': 'api-missing',
    '6.times': 'api-missing',
    '6.no-token': 'api-missing',
    '6.invalid-token': 'api-missing',
    '6.insufficient-scope': 'api-missing',
    '6.scope': 'api-missing',
    '6.scope-words': 'api-missing',
    '6.permissions': 'api-missing',
    '6.own-data': 'api-missing',
    '6.bodies': 'api-missing',
  },
  // Two processes that share nothing: the callback reaches the one that did not begin the login.
  7: {
    '7.shared-session': 'store-in-memory',
    '7.shared-tokens': 'no-session-for-tokens',
    '7.survives-restart': 'session-lost-by-restart',
    '7.logout-everywhere': 'login-broken',
    '7.cookie-size': undefined,
    // It needs a Redis.
    '7.store-away': undefined,
    '7.encrypted': 'nothing-stored',
    '7.bound-to-session': 'login-broken',
    '7.key-rotation': 'login-broken',
    '7.one-refresh': 'login-broken',
    '7.lock-released': 'login-broken',
    '7.killed-while-refreshing': 'login-broken',
    '7.idle-end': 'login-broken',
    '7.in-use': 'login-broken',
    '7.absolute-end': 'login-broken',
    '7.login-behind-https': 'login-broken-behind-https',
    '7.secure-cookie': 'no-host-prefix',
    '7.trusts-named-proxy': 'every-proxy-believed',
    '7.plain-cookie': undefined,
    '7.forged-host': undefined,
  },
};

describe('the checks of a step, for what was there before it', function () {
  this.timeout(60_000);
  const folders = appFolders();
  after(() => folders.remove());

  for (const { number, id } of listSteps()) {
    it(`step ${id}: each fails for its own reason`, async () => {
      const { code, result } = await check(
        number,
        number === 1 ? folders.make(1, true) : folders.make(number - 1),
      );
      const found = Object.fromEntries(result.checks.map((one) => [one.id, one.diagnosis?.id]));
      expect(found).to.deep.equal(BEFORE[number]);
      for (const { diagnosis } of result.checks) {
        expect(Object.values(diagnosis ?? {}).every((text) => text.length > 0)).to.equal(true);
      }
      expect(code).to.equal(1);
    });
  }
});
