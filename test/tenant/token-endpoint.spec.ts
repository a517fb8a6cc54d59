import { expect } from 'chai';
import type { Tenant } from '../../shared/tenant';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant } from '../support/tenant';

const errorOf = (url: URL) => Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'iss'));

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ test, tenant, client } = given);
  });

  describe('/oauth/token', () => {
    const refusals: [
      string,
      (code: string) => Parameters<Client['token']>,
      number,
      Record<string, unknown>,
      RegExp,
    ][] = [
      [
        'a code that nobody was given',
        () => [grant('nonsense')],
        400,
        { error: 'invalid_grant', error_description: 'Invalid authorization code' },
        /not found/,
      ],
      [
        'another redirect_uri',
        (code) => [{ ...grant(code), redirect_uri: 'http://localhost:3000/other' }],
        400,
        {
          error: 'invalid_grant',
          error_description: `The redirect URI is wrong. You sent http://localhost:3000/other, and we expected ${CALLBACK}`,
        },
        /redirect_uri mismatch/,
      ],
      [
        'a wrong secret',
        (code) => [{ ...grant(code), client_secret: 'wrong' }],
        401,
        { error: 'invalid_client' },
        /invalid secret/,
      ],
      [
        'an unknown application',
        (code) => [{ ...grant(code), client_id: 'Nobody' }],
        401,
        { error: 'invalid_client' },
        /client not found/,
      ],
      [
        'another verifier',
        (code) => [{ ...grant(code), code_verifier: 'x'.repeat(43) }],
        400,
        { error: 'invalid_grant', error_description: 'Failed to verify code verifier' },
        /does not match/,
      ],
      [
        'no verifier',
        (code) => [{ ...grant(code), code_verifier: undefined }],
        400,
        { error: 'invalid_grant', error_description: 'Failed to verify code verifier' },
        /must be provided/,
      ],
      [
        'no code',
        () => [{ grant_type: 'authorization_code', redirect_uri: CALLBACK }],
        400,
        { error: 'invalid_request' },
        /missing required parameter.*code/,
      ],
      [
        'no redirect_uri',
        (code) => [{ ...grant(code), redirect_uri: undefined }],
        400,
        { error: 'invalid_request' },
        /missing required parameter.*redirect_uri/,
      ],
      [
        'no client_id',
        (code) => [{ ...grant(code), client_id: undefined, client_secret: undefined }],
        400,
        { error: 'invalid_request', error_description: "missing required parameter 'client_id'" },
        /no client authentication/,
      ],
      ['no grant_type', () => [{}], 400, { error: 'invalid_request' }, /grant_type/],
      [
        'a grant that the application may not use',
        () => [{ grant_type: 'client_credentials', audience: AUDIENCE }],
        400,
        {
          error: 'unauthorized_client',
          error_description: "Grant type 'client_credentials' not allowed for the client.",
        },
        /./,
      ],
      [
        'a refresh token that nobody was given',
        () => [{ grant_type: 'refresh_token', refresh_token: 'nonsense' }],
        400,
        { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
        /not found/,
      ],
    ];
    const grant = (code: string) => ({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: client.verifier,
    });
    for (const [name, request, status, body, reason] of refusals) {
      it(`refuses ${name}, and its log has the precise reason`, async () => {
        const code = (await client.callback()).searchParams.get('code') ?? '';
        const answer = await client.token(...request(code));
        expect(answer.status).to.equal(status);
        expect(answer.body, JSON.stringify(answer.body)).to.include(body);
        expect(answer.headers.get('cache-control')).to.include('no-store');
        const event = test.last('token refused');
        expect(event?.error).to.equal(body.error);
        expect(event?.reason).to.match(reason);
      });
    }

    for (const path of ['/oauth/token', '/oauth/revoke', '/oauth/par'])
      it(`answers errors of ${path} in JSON, whatever the client’s Accept prefers`, async () => {
        // The first one is what Java's HttpURLConnection sends by default.
        for (const accept of ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'text/html', '*/*']) {
          const response = await fetch(new URL(path, tenant.origin), {
            method: 'POST',
            headers: { accept },
            body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'unknown' }),
          });
          expect(response.status, accept).to.be.oneOf([400, 401]);
          expect(response.headers.get('content-type'), accept).to.match(/^application\/json/);
          expect(await response.json(), accept)
            .to.have.property('error')
            .that.is.a('string');
        }
      });

    it('takes JSON as well as a form, and says what is wrong with either', async () => {
      const code = (await client.callback()).searchParams.get('code') ?? '';
      expect((await client.token(grant(code), { json: true })).status).to.equal(200);
      const post = async (body: string) => {
        const response = await fetch(`${tenant.origin}/oauth/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        return [
          response.status,
          ((await response.json()) as { error_description: string }).error_description,
        ];
      };
      expect(await post('{')).to.deep.equal([400, 'the body is not valid JSON']);
      expect(await post('[1]')).to.deep.equal([400, 'the JSON body must be an object']);
      expect(await post('{"code":{}}')).to.deep.equal([400, 'the parameter code must be a string']);
    });

    it('takes the credentials in the body or in the header, and none of a public client with PKCE', async () => {
      const { client_id = '', client_secret = '' } = test.credentials('WEB');
      const code = (await client.callback()).searchParams.get('code') ?? '';
      const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
      const answer = await client.token(
        { ...grant(code), client_id: undefined, client_secret: undefined },
        { headers: { authorization: basic } },
      );
      expect(answer.status).to.equal(200);
      const open = { client_id: 'Public', client_secret: undefined };
      const publicCode = (await client.callback({ client_id: 'Public' })).searchParams.get('code') ?? '';
      expect((await client.token({ ...grant(publicCode), ...open })).status).to.equal(200);
      const without = await client.callback({
        client_id: 'Public',
        code_challenge: undefined,
        code_challenge_method: undefined,
      });
      expect(errorOf(without).error).to.equal('invalid_request');
    });

    it('redeems a code once: of eight at the same time one, and a replay kills what came of it but no other login', async () => {
      const other = await client.logIn();
      const code = (await client.callback()).searchParams.get('code') ?? '';
      const answers = await Promise.all(Array.from({ length: 8 }, () => client.redeem(code)));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
      const won = answers.find(({ status }) => status === 200)?.body;
      expect((await client.redeem(code)).status).to.equal(400);
      expect((await client.refresh(won?.refresh_token)).status).to.equal(400);
      expect((await client.refresh(other.refresh_token)).status).to.equal(200);
    });

    it('gives a machine the scopes of its client grant, and nothing without one', async () => {
      const machine = test.credentials('MACHINE');
      const { status, body } = await client.token({
        grant_type: 'client_credentials',
        audience: AUDIENCE,
        ...machine,
      });
      expect(status).to.equal(200);
      expect(decode(body.access_token).payload).to.include({
        sub: 'Machine@clients',
        aud: AUDIENCE,
        gty: 'client-credentials',
      });
      const refused = await client.token({
        grant_type: 'client_credentials',
        audience: 'urn-less identifier',
        ...machine,
      });
      expect([refused.status, refused.body.error]).to.deep.equal([403, 'access_denied']);
      expect(refused.body.error_description).to.include(
        "Client is not authorized to access 'urn-less identifier'",
      );
    });
  });
});
