import path from 'node:path';
import { expect } from 'chai';
import { Recorder } from '../../shared/recorder';
import { maskMessages } from '../../shared/recorder/masks';
import type { Tenant } from '../../shared/tenant';
import { logLine } from '../../shared/tenant/log-line';
import { managementAccount } from '../../shared/tenant/management/system-api';
import { Client } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

describe('/userinfo', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  let token: string;
  const recorder = new Recorder();
  before(async () => {
    test = await startTestTenant({ wrap: (handler) => recorder.wrap('tenant')(handler) });
    tenant = test.tenant;
    client = new Client(tenant);
    token = (await client.logIn({ audience: undefined })).access_token ?? '';
  });
  after(async () => {
    client?.close();
    await test?.close();
  });

  const ask = async (query: Record<string, string> | string, init: RequestInit = {}) => {
    const url = new URL('/userinfo', tenant.origin);
    url.search = new URLSearchParams(query).toString();
    const answer = await fetch(url, init);
    return {
      status: answer.status,
      headers: answer.headers,
      body: (await answer.json()) as { sub?: string },
    };
  };
  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });

  it('takes the access token in the header, in a form, and in the address', async () => {
    const ways = [
      await ask('', { headers: { authorization: `Bearer ${token}` } }),
      await ask('', { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
      await ask('', form({ access_token: token })),
      await ask({ access_token: token }),
    ];
    for (const { status, headers, body } of ways) {
      expect([status, headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
      expect(body.sub).to.match(/^auth0\|/);
    }
  });

  it('says in its log that the address is no place for a token, and masks it everywhere', async () => {
    await ask('', { headers: { authorization: `Bearer ${token}` } });
    expect(test.last('userinfo answered')).to.not.have.property('hint');
    const other = (await client.logIn({ audience: undefined })).access_token ?? '';
    await ask({ access_token: other });
    const event = test.last('userinfo answered');
    expect(event?.hint).to.include('Authorization header (RFC 6750, section 2.3)');
    expect(event && logLine(event)).to.not.include(other);
    const shown = JSON.stringify(maskMessages(recorder.messages));
    expect(shown).to.include('/userinfo?access_token=');
    expect(shown).to.not.include(other);
  });

  it('refuses a token that comes twice, and takes none from a place of another kind', async () => {
    const header = { authorization: `Bearer ${token}` };
    const twice = [
      await ask({ access_token: token }, { headers: header }),
      await ask({ access_token: token }, form({ access_token: token })),
      await ask(`access_token=${token}&access_token=${token}`),
      await ask('', { ...form({ access_token: token }), headers: header }),
    ];
    for (const { status, headers, body } of twice) {
      expect(status).to.equal(400);
      expect(headers.get('www-authenticate')).to.include('error="invalid_request"');
      expect(body).to.include({ error: 'invalid_request' });
    }
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
    expect((await ask('', { ...json, body: JSON.stringify({ access_token: token }) })).status).to.equal(401);
    expect((await ask({ Access_Token: token })).status).to.equal(401);
    const long = await ask('', form({ access_token: 'x'.repeat(70_000) }));
    expect(long.body).to.deep.equal({
      error: 'invalid_request',
      error_description: 'the body is larger than 65536 bytes',
    });
  });

  it('refuses a wrong one in the address as in the header', async () => {
    const wrong = await ask({ access_token: 'wrong' });
    expect([wrong.status, wrong.headers.get('cache-control')]).to.deep.equal([401, 'no-store']);
    expect(wrong.headers.get('www-authenticate')).to.include('error="invalid_token"');
    expect((await ask({ access_token: '' })).status).to.equal(401);
  });

  it('is the only endpoint that takes a token from the address', async () => {
    const account = await managementAccount(path.join(test.folder, 'data'));
    const audience = `${tenant.issuer}api/v2/`;
    const { body } = await client.token({ grant_type: 'client_credentials', audience, ...account });
    const call = async (query: string, headers: Record<string, string> = {}) =>
      (await fetch(`${audience}clients${query}`, { headers })).status;
    expect(await call('', { authorization: `Bearer ${body.access_token}` })).to.equal(200);
    expect(await call(`?access_token=${body.access_token}`)).to.equal(401);
  });
});
