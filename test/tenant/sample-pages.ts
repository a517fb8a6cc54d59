import { type Overview, overviewPage } from '../../shared/tenant/overview';
import * as pages from '../../shared/tenant/pages';

/** A text that must reach the page as text, in whatever field it comes. */
export const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`;

const tenantOrigin = 'http://localhost:4001';

/**
 * Every page the tenant can show, with all that can stand on it.
 *
 * @param say gives each text of the page; the tests put HTML in its place.
 */
export function samplePages(say: (text: string) => string = (text) => text): Record<string, string> {
  const application = say('Call Your API');
  const email = say('ann@example.com');
  const login = { action: '/u/login/1', application, callbackOrigin: 'http://localhost:3000', tenantOrigin };
  const providers = [
    { label: say('Gaggle'), href: '/u/login/1/with/google-oauth2' },
    { label: say('Larkfield Clinic'), href: '/u/login/1/with/larkfield' },
  ];
  const user = { name: say('Ann Archer'), email, picture: PICTURE };
  const scopes = [
    { value: 'openid', description: '' },
    { value: 'profile', description: '' },
    { value: 'email', description: '' },
    { value: 'offline_access', description: '' },
    { value: say('read:appointments'), description: say('Read your appointments') },
    { value: say('delete:appointments'), description: '' },
  ];
  return {
    login: pages.loginPage(login),
    'login, wrong password': pages.loginPage({ ...login, email, error: 'credentials' }),
    'login, blocked': pages.loginPage({ ...login, email, error: 'blocked' }),
    'login, too many tries': pages.loginPage({ ...login, email, error: 'attempts' }),
    'login, with others': pages.loginPage({ ...login, providers }),
    'login, with others only': pages.loginPage({ ...login, providers, password: false }),
    'on to another provider': pages.handOverPage({
      action: 'http://localhost:4004/sso',
      fields: { SAMLRequest: say('PHNhbWw+'), RelayState: 'x' },
      provider: say('Larkfield Clinic'),
      tenantOrigin,
    }),
    'login, nothing typed': pages.loginPage({ ...login, error: 'missing' }),
    consent: pages.consentPage({
      action: '/u/consent/1',
      application,
      user,
      api: { name: say('Appointments API'), identifier: say('https://appointments.example/api') },
      scopes,
      useDescriptions: true,
      tenantOrigin,
    }),
    'consent in the words of the scopes': pages.consentPage({
      action: '/u/consent/1',
      application,
      user,
      api: { name: say('Appointments API'), identifier: say('https://appointments.example/api') },
      scopes: [...scopes, { value: say('all'), description: '' }],
      tenantOrigin,
    }),
    'consent without an API': pages.consentPage({
      action: '/u/consent/1',
      application,
      user: { name: user.name, email },
      scopes: scopes.slice(0, 3),
      tenantOrigin,
    }),
    error: pages.errorPage({
      status: 400,
      title: say('Callback URL mismatch'),
      explanation: say('The application asked to be called back at a URL that is not in its list.'),
      facts: [
        { label: say('client_id'), value: say('CallYourApi') },
        { label: 'redirect_uri', value: say('http://127.0.0.1:3000/callback') },
      ],
      expected: { label: say('Allowed callback URLs'), values: [say('http://localhost:3000/callback')] },
      next: say('Add the URL that was sent to the callbacks in tenant.yaml, or send one that is listed.'),
      code: say('invalid_redirect_uri'),
      tenantOrigin,
    }),
    'error without facts': pages.errorPage({
      status: 400,
      title: 'This login is no longer open',
      explanation:
        'It took too long, it was finished in another tab, the tenant was restarted, or its cookie is missing.',
      facts: [],
      next: 'Go back to the application and log in again.',
      tenantOrigin,
    }),
    logout: pages.logoutPage({
      action: '/oidc/logout/confirm',
      xsrf: say('1f3a'),
      application,
      tenantOrigin,
    }),
    'logged out': pages.loggedOutPage({ application, tenantOrigin }),
    overview: overviewPage(sampleOverview(say)),
    'overview, nothing registered': overviewPage({
      ...sampleOverview(),
      apis: [],
      applications: [],
      roles: [],
      users: [],
    }),
    'overview, refused save': overviewPage({
      ...sampleOverview(say),
      problems: [
        {
          file: say('my-app/tenant.yaml'),
          path: say('clients[0].callbacks'),
          line: 17,
          message: say('must be a list of URLs'),
        },
      ],
    }),
  };
}

/** The overview of the workshop's own configuration, with a second application that may ask for less. */
export function sampleOverview(say: (text: string) => string = (text) => text): Overview {
  return {
    issuer: `${tenantOrigin}/`,
    file: say('my-app/tenant.yaml'),
    connections: [],
    problems: undefined,
    blocked: [],
    apis: [
      {
        name: say('Appointments API'),
        identifier: say('https://appointments.example/api'),
        scopes: [
          { value: say('read:appointments'), description: say('Read your appointments') },
          { value: 'create:appointments', description: 'Make appointments for you' },
          { value: 'delete:appointments', description: 'Delete your appointments' },
        ],
        allow_offline_access: true,
        token_lifetime: 3600,
        signing_alg: 'RS256',
        token_dialect: 'access_token_authz',
        enforce_policies: true,
        line: 4,
      },
    ],
    applications: [
      {
        name: say('Call Your API'),
        client_id: say('CallYourApi'),
        callbacks: [say('http://localhost:3000/callback')],
        grant_types: ['authorization_code', 'refresh_token'],
        databases: ['Username-Password-Authentication'],
        connections: [],
        rotates: true,
        expires: true,
        line: 21,
        mayAsk: [
          {
            api: say('https://appointments.example/api'),
            scopes: [say('read:appointments'), 'create:appointments', 'delete:appointments'],
            offline: true,
            itself: false,
          },
        ],
      },
      {
        name: 'Reception desk',
        client_id: 'ReceptionDesk',
        callbacks: [],
        grant_types: ['authorization_code'],
        databases: [],
        connections: [],
        rotates: false,
        expires: false,
        line: 40,
        mayAsk: [{ api: 'https://appointments.example/api', scopes: [], offline: false, itself: false }],
      },
    ],
    endpoints: [
      { label: 'Discovery', url: `${tenantOrigin}/.well-known/openid-configuration` },
      { label: 'Authorization', url: `${tenantOrigin}/authorize` },
      { label: 'Token', url: `${tenantOrigin}/oauth/token` },
    ],
    roles: [
      {
        name: say('manager'),
        description: say('Runs the clinic'),
        permissions: [{ api: say('https://appointments.example/api'), scopes: [say('read:appointments')] }],
        users: [say('Ann Archer')],
        line: 60,
      },
      { name: 'visitor', description: '', permissions: [], users: [], line: 66 },
    ],
    code: [],
    users: [{ name: say('Ann Archer'), email: say('ann@example.com'), roles: [say('manager')] }],
  };
}

const PICTURE = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#777"/></svg>')}`;
