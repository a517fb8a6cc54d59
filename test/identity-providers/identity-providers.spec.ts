import { expect } from 'chai';
import { type SamlProvider, startSaml } from '../../shared/identity-providers/saml';
import { type Social, startSocial } from '../../shared/identity-providers/social';
import { SOCIAL_CLIENT_ID } from '../../shared/identity-providers/social/keys';
import { PROVIDERS_DATA } from '../support/providers';

const TENANT = 'http://localhost:4001/';

describe('the identity providers without a tenant', () => {
  let social: Social;
  let saml: SamlProvider;
  before(async () => {
    social = await startSocial({ data: PROVIDERS_DATA, callbacks: () => [`${TENANT}login/callback`] });
    saml = await startSaml({ data: PROVIDERS_DATA, tenant: () => TENANT });
  });
  after(() => Promise.all([social?.close(), saml?.close()]));
  const authorize = (redirect_uri: string) => {
    const url = new URL('auth', social.issuer);
    url.search = new URLSearchParams({
      client_id: SOCIAL_CLIENT_ID,
      response_type: 'code',
      scope: 'openid',
      redirect_uri,
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    }).toString();
    return fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } });
  };

  it('publish their metadata under their own addresses', async () => {
    const discovery = await fetch(new URL('.well-known/openid-configuration', social.issuer));
    expect(await discovery.json()).to.include({
      issuer: social.issuer,
      authorization_endpoint: `${social.issuer}auth`,
    });
    const metadata = await (await fetch(`${saml.origin}/metadata`)).text();
    expect(metadata).to.include(`entityID="${saml.origin}/metadata"`).and.include(`${saml.origin}/sso`);
  });

  it('send nobody to an address that is not the tenant’s', async () => {
    expect((await authorize('http://evil.test/login/callback')).headers.get('location')).to.equal(null);
    const { headers, status } = await authorize(`${TENANT}login/callback`);
    expect([status, headers.get('location')?.startsWith('/sign-in/')]).to.deep.equal([303, true]);
  });

  it('have a page of their own where there is nothing', async () => {
    for (const origin of [social.issuer, saml.origin]) {
      const answer = await fetch(new URL('nothing', origin), { headers: { accept: 'text/html' } });
      expect(answer.status, origin).to.equal(404);
      expect(await answer.text(), origin).to.include('There is nothing at this address.');
    }
  });
});
