import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { forms } from '../../shared/browser';
import { SOCIAL_CLIENT_ID } from '../../shared/identity-providers/social/keys';
import { bearerChallenge, errorText } from '../../shared/lib/oauth-error';
import { Client } from '../support/client';
import { startWorld, type World } from '../support/providers';
import { withTenant } from '../support/tenant';

/** RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3. */
const ALLOWED = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,400}$/;
const WILD = 'a"b\\é\u0000\r\n\u001b[2J\u2028\u{1f511}\ud800';

describe('the text of an error answer', () => {
  it('has the allowed characters only, and remains readable', () => {
    expect(errorText('Service not found: https://a.example/')).to.equal(
      'Service not found: https://a.example/',
    );
    expect(errorText('Client "x" may not \\ é\n')).to.equal("Client 'x' may not %5C %C3%A9%0A");
    expect(errorText(`${'x'.repeat(400)}`)).to.equal('x'.repeat(400));
    expect(errorText(`${'x'.repeat(401)}`)).to.equal(`${'x'.repeat(397)}...`);
    expect(errorText(`${'x'.repeat(395)}é`)).to.equal(`${'x'.repeat(395)}...`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 900 }), (text) => {
        expect(errorText(text)).to.match(ALLOWED);
        expect(errorText(errorText(text))).to.equal(errorText(text));
      }),
    );
    expect(bearerChallenge('a"b', { error: 'x', error_description: '"\r\nSet-Cookie: a=b' })).to.equal(
      `Bearer realm="a'b", error="x", error_description="'%0D%0ASet-Cookie: a=b"`,
    );
  });

  describe('which holds what a request sent', () => {
    let world: World;
    let client: Client;
    withTenant(startWorld, (given) => {
      ({ test: world, client } = given);
    });

    const mustBePlain = (answer: Record<string, string | null | undefined>, what: string) => {
      expect(answer.error, what).to.match(ALLOWED).and.not.equal('');
      expect(answer.error_description ?? '', what).to.match(ALLOWED);
    };
    const post = async (at: string, body: URLSearchParams | string, headers: Record<string, string> = {}) => {
      const answer = await fetch(new URL(at, world.tenant.origin), { method: 'POST', body, headers });
      const text = await answer.text();
      return { answer, body: (text === '' ? {} : JSON.parse(text)) as Record<string, string> };
    };

    it('is plain in JSON, at each endpoint and for each parameter', async () => {
      const { CLIENT_ID: client_id = '', CLIENT_SECRET: client_secret = '' } = world.tenant.settings();
      const machine = world.credentials('MACHINE');
      const known: Record<string, string | undefined>[] = [
        { grant_type: 'authorization_code', code: 'x', redirect_uri: 'x', code_verifier: 'x' },
        { grant_type: 'refresh_token', refresh_token: 'x', scope: 'x' },
        { grant_type: 'client_credentials', audience: 'x', scope: 'x', ...machine },
        { grant_type: 'x' },
        { token: 'x', token_type_hint: 'x' },
        { response_type: 'code', redirect_uri: 'x', scope: 'x', audience: 'x', prompt: 'x', max_age: 'x' },
      ];
      const answers: string[] = [];
      for (const at of ['/oauth/token', '/oauth/revoke', '/oauth/par'])
        for (const parameters of known) {
          const all = { client_id, client_secret, ...parameters } as Record<string, string>;
          for (const name of [...Object.keys(all), 'resource', 'request', 'request_uri', 'claims']) {
            const { answer, body } = await post(at, new URLSearchParams({ ...all, [name]: WILD }));
            if (answer.ok) continue;
            mustBePlain(body, `${at} ${name}`);
            expect(answer.headers.get('www-authenticate') ?? '').to.match(/^[\x20-\x7e]*$/);
            answers.push(body.error_description ?? '');
          }
        }
      expect(answers.join('\n')).to.include("Unsupported grant type: a'b%5C%C3%A9%00%0D%0A%1B[2J");
      expect(answers.join('\n')).to.include("Service not found: a'b");
    });

    it('is plain for JSON bodies, their keys too, and bounded', async () => {
      const json = { 'content-type': 'application/json' };
      for (const sent of [{ [WILD]: {} }, { grant_type: WILD }, [WILD], WILD])
        mustBePlain((await post('/oauth/token', JSON.stringify(sent), json)).body, JSON.stringify(sent));
      mustBePlain((await post('/oauth/token', `{${WILD}`, json)).body, 'no JSON');
      const { body, answer } = await post(
        '/oauth/token',
        new URLSearchParams({ grant_type: 'x'.repeat(50_000) }),
      );
      mustBePlain(body, 'long');
      expect(answer.status).to.equal(400);
    });

    it('is plain in the address of a redirect, behind the # too, and in a form; state comes back exactly', async () => {
      const state = 'a"b\\é\u001b\u2028\u{1f511} &=+%';
      const cases: Record<string, string>[] = [
        { audience: WILD },
        { connection: WILD },
        { prompt: WILD },
        { scope: WILD },
        { max_age: WILD },
        { response_type: WILD },
        { code_challenge_method: WILD },
        { audience: 'x'.repeat(9000) },
      ];
      let refused = 0;
      for (const parameters of cases)
        for (const response_mode of ['query', 'fragment', 'form_post', undefined]) {
          const what = `${Object.keys(parameters)} ${response_mode}`;
          const page = await client.browser.get(
            client.authorizeUrl({ prompt: 'none', ...parameters, state, response_mode }),
            { follow: false },
          );
          let answer: Record<string, string> = forms(page)[0]?.fields ?? {};
          const { location } = page.headers;
          if (location) {
            const url = new URL(location);
            answer = Object.fromEntries(
              response_mode === 'fragment' ? new URLSearchParams(url.hash.slice(1)) : url.searchParams,
            );
          }
          mustBePlain(answer, what);
          expect(answer.state, what).to.equal(state);
          refused++;
        }
      expect(refused).to.equal(32);
    });

    it('is plain in a WWW-Authenticate header', async () => {
      const answer = await fetch(new URL('/userinfo', world.tenant.origin), {
        headers: { authorization: 'Bearer "\\x' },
      });
      expect(answer.headers.get('www-authenticate')).to.match(
        /error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]*"$/,
      );
    });

    it('is plain where a script of the tenant wrote it', async () => {
      fs.writeFileSync(
        path.join(world.folder, 'deny.js'),
        `exports.onExecutePostLogin = async (event, api) => api.access.deny(${JSON.stringify(WILD)});`,
      );
      await world.configure(`
actions: [{ name: Deny, code: ./deny.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }]
triggers: { post-login: [{ action_name: Deny, display_name: Deny }] }
`);
      const url = await client.callback();
      mustBePlain(Object.fromEntries(url.searchParams), url.href);
      expect(url.searchParams.get('error_description')).to.include("a'b%5C%C3%A9%00");
    });

    it('is plain where the social provider wrote it', async () => {
      const url = new URL('/auth', world.social);
      url.search = new URLSearchParams({
        client_id: SOCIAL_CLIENT_ID,
        response_type: WILD,
        redirect_uri: new URL('/login/callback', world.tenant.issuer).href,
        scope: 'openid',
        state: 's',
      }).toString();
      const answer = await fetch(url, { redirect: 'manual', headers: { accept: 'application/json' } });
      const location = answer.headers.get('location') ?? '';
      mustBePlain(Object.fromEntries(new URL(location).searchParams), location);
      const token = await fetch(new URL('/token', world.social), {
        method: 'POST',
        body: new URLSearchParams({ grant_type: WILD, client_id: WILD }),
      });
      mustBePlain((await token.json()) as Record<string, string>, 'the social provider');
    });
  });
});
