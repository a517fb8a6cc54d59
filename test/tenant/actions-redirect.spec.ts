import { expect } from 'chai';
import { SignJWT } from 'jose';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { Client, decode } from '../support/client';
import { type ScriptedTenant, startScripted } from '../support/scripts';

const SECRET = 'shared with the page of terms';
const CLAIM = 'https://my-app.example/terms';

/** Sends the user to the page of terms once, as Auth0's documentation has it. */
const terms = (page: string) => `
exports.onExecutePostLogin = async (event, api) => {
  if (event.transaction.protocol === 'oauth2-refresh-token' || event.client.name === 'Without') return;
  api.idToken.setCustomClaim('https://my-app.example/before', true);
  const session_token = api.redirect.encodeToken({ secret: event.secrets.SHARED, expiresInSeconds: 60, payload: { asks: 'terms' } });
  api.redirect.sendUserTo('${page}', { query: { session_token, lang: 'en' } });
};
exports.onContinuePostLogin = async (event, api) => {
  const { accepted } = api.redirect.validateToken({ secret: event.secrets.SHARED, tokenParameterName: 'answer' });
  if (!accepted) api.access.deny('The terms were not accepted');
  api.idToken.setCustomClaim('${CLAIM}', [accepted, event.request.method, event.request.query.scope !== undefined]);
};
`;

describe('an Action that sends the user elsewhere', () => {
  let test: ScriptedTenant;
  let page: Listening;
  let elsewhere: string;
  let client: Client;
  /** The requests that the page of terms got. */
  let visits: URL[];
  before(async () => {
    page = await listenOnLoopback(
      (req, res) => {
        visits.push(new URL(req.url ?? '', elsewhere));
        res.end('terms');
      },
      { port: 0, party: 'The page of terms', setting: 'none' },
    );
    elsewhere = `http://localhost:${page.port}`;
    const sections = `
actions:
  - name: terms
    code: ./terms.js
    deployed: true
    secrets: [{ name: SHARED, value: "${SECRET}" }]
    supported_triggers: [{ id: post-login, version: v3 }]
  - { name: after, code: ./after.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }
triggers:
  post-login: [{ action_name: terms, display_name: Terms }, { action_name: after, display_name: After }]
`;
    test = await startScripted(sections, {
      'terms.js': terms(`${elsewhere}/terms`),
      'after.js': `exports.onExecutePostLogin = async (event, api) => api.idToken.setCustomClaim('https://my-app.example/after', event.stats.logins_count);`,
    });
  });
  after(async () => {
    await test?.close();
    await page?.close();
  });
  beforeEach(() => {
    visits = [];
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  /** Logs in until the user is at the page of terms. */
  async function atTerms(one = client): Promise<URL> {
    const { origin } = test.tenant;
    const stopped = await one.callback();
    expect(stopped.origin).to.equal(elsewhere);
    const there = await one.browser.get(stopped, { within: elsewhere });
    expect(there.body).to.equal('terms');
    expect(origin).not.to.equal(elsewhere);
    return visits.at(-1) as URL;
  }

  const answer = (claims: Record<string, unknown>, { secret = SECRET, ends = '60s' } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime(ends)
      .sign(new TextEncoder().encode(secret));

  function wayBack(parameters: Record<string, string>): URL {
    const url = new URL('/continue', test.tenant.origin);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  /** Where the login ends after the way back. */
  async function comeBack(parameters: Record<string, string>, one = client) {
    const { origin } = test.tenant;
    const first = await one.browser.get(wayBack(parameters), { within: origin });
    const end =
      first.headers.location || first.status >= 400
        ? first
        : await one.browser.logIn(first, { email: '', password: '' }, 'accept', origin);
    return { status: end.status, body: end.body, url: new URL(end.headers.location ?? '/', origin) };
  }

  it('gets the user back at /continue, goes on with its second function, and then the next Action', async () => {
    const there = await atTerms();
    const logged = test.last('user sent elsewhere')?.url ?? '';
    expect(new URL(logged).searchParams.get('session_token') ?? '…', 'nobody can use the log').to.equal('…');
    expect(there.pathname + there.searchParams.get('lang')).to.equal('/termsen');
    const state = there.searchParams.get('state') ?? '';
    const asked = decode(there.searchParams.get('session_token') ?? '');
    expect(asked.header.alg).to.equal('HS256');
    expect(asked.payload).to.include({
      asks: 'terms',
      sub: 'auth0|a11ce0000000000000000001',
      iss: new URL(test.tenant.issuer).host,
    });
    const { url } = await comeBack({ state, answer: await answer({ state, accepted: true }) });
    const { body } = await client.redeem(url.searchParams.get('code') ?? '');
    expect(decode(body.id_token).payload).to.deep.include({
      'https://my-app.example/before': true,
      [CLAIM]: [true, 'GET', true],
      'https://my-app.example/after': 1,
    });
    expect(test.last('user sent elsewhere')).to.include({ script: 'Action terms' });
    expect(test.last('user came back')).to.include({ script: 'Action terms' });
    const refreshed = await client.refresh(body.refresh_token);
    expect(refreshed.status).to.equal(200);
    expect(decode(refreshed.body.id_token).payload).not.to.have.property(CLAIM);
  });

  it('may deny after the way back, and takes what the page posts', async () => {
    const state = (await atTerms()).searchParams.get('state') ?? '';
    const token = await answer({ state, accepted: false });
    const posted = await fetch(wayBack({ state }), {
      method: 'POST',
      body: new URLSearchParams({ answer: token }),
      redirect: 'manual',
    });
    expect(posted.status).to.equal(303);
    const end = await client.browser.get(new URL(posted.headers.get('location') ?? '', test.tenant.origin), {
      within: test.tenant.origin,
    });
    expect(new URL(end.headers.location ?? '').searchParams.get('error_description')).to.equal(
      'The terms were not accepted',
    );
  });

  for (const [what, wrong, reason] of [
    [
      'of another secret',
      (state: string) => answer({ state }, { secret: 'something else' }),
      'its signature does not fit the secret',
    ],
    [
      'of another login',
      () => answer({ state: 'another' }),
      'State in the token does not match the /continue state.',
    ],
    ['that is expired', (state: string) => answer({ state }, { ends: '-1s' }), 'the token is expired'],
    ['that is missing', () => '', 'there is no parameter answer'],
    [
      'without a signature',
      (state: string) =>
        `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ state, accepted: true }))}.`.replaceAll('=', ''),
      '"alg" (Algorithm) Header Parameter value not allowed',
    ],
  ] as const)
    it(`refuses a token ${what}`, async () => {
      const state = (await atTerms()).searchParams.get('state') ?? '';
      const { url } = await comeBack({ state, answer: await wrong(state) });
      expect(url.searchParams.get('error')).to.equal('access_denied');
      expect(test.last('action failed')?.reason).to.equal(`The session token is invalid: ${reason}`);
      expect(test.last('action failed')?.line).to.equal(9);
    });

  it('is waited for with one state, once, and in the browser that began', async () => {
    const state = (await atTerms()).searchParams.get('state') ?? '';
    const refused = () => test.last('authorization refused')?.reason;
    for (const [sent, why] of [
      [
        { state: `${state.split('.')[0]}.guessed` },
        'the state at /continue is not one that is waited for; one counts once',
      ],
      [{ state: 'unknown' }, 'the state at /continue is not one that is waited for; one counts once'],
      [{}, '/continue was called without the state with which the user was sent away'],
    ] as const) {
      const page = await comeBack(sent as Record<string, string>);
      expect([page.status, refused()]).to.deep.equal([400, why]);
      expect(page.body).to.include('This login cannot go on');
    }
    const token = await answer({ state, accepted: true });
    const stranger = new Client(test.tenant);
    const there = await stranger.browser.get(wayBack({ state, answer: token }), {
      within: test.tenant.origin,
    });
    expect([there.status, there.body.includes('no longer open')]).to.deep.equal([400, true]);
    stranger.close();
    expect((await comeBack({ state, answer: token })).url.searchParams.get('code')).to.be.a('string');
    expect((await comeBack({ state, answer: token })).status).to.equal(400);
    expect(refused()).to.include('is not one that is waited for; one counts once');
  });

  it('cannot do so with prompt=none, nor at a refresh', async () => {
    const state = (await atTerms()).searchParams.get('state') ?? '';
    const { url } = await comeBack({ state, answer: await answer({ state, accepted: true }) });
    const { body } = await client.redeem(url.searchParams.get('code') ?? '');
    const sent = test.last('user sent elsewhere');
    for (const scope of ['openid', 'openid offline_access']) {
      const silent = await client.callback({ prompt: 'none', scope });
      expect(silent.searchParams.get('error'), scope).to.equal('interaction_required');
    }
    expect(test.last('user sent elsewhere')).to.equal(sent);
    await test.save(
      'terms.js',
      `exports.onExecutePostLogin = async (event, api) => {\n  api.redirect.sendUserTo('${elsewhere}');\n};`,
    );
    const refreshed = await client.refresh(body.refresh_token);
    expect([refreshed.status, refreshed.body.error]).to.deep.equal([400, 'interaction_required']);
    expect(test.last('token refused')?.reason).to.include('at a refresh, where there is no browser');
    await test.save(
      'terms.js',
      `exports.onExecutePostLogin = async (event, api) => {\n  api.access.deny('no more');\n};`,
    );
    const denied = await client.refresh(body.refresh_token);
    expect([denied.status, denied.body]).to.deep.equal([
      403,
      { error: 'access_denied', error_description: 'no more' },
    ]);
    await test.save('terms.js', 'exports.onExecutePostLogin = async () => {};');
    expect((await client.refresh(body.refresh_token)).status, 'the refresh token was not used up').to.equal(
      200,
    );
  });
});
