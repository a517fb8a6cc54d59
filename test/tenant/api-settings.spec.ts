import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant } from '../support/tenant';

const VERIFIABLE = 'https://app.example/callback';
const scopes = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => ({ value: `s:${i}` })));
const YAML = `
resourceServers:
  - { name: Plain, identifier: https://plain.example/, scopes: [{ value: "read:x" }] }
  - { name: Short, identifier: short, token_lifetime: 90, token_lifetime_for_web: 60 }
  - { name: Asks, identifier: asks, skip_consent_for_verifiable_first_party_clients: false }
clients:
  - { name: Web, callbacks: [${CALLBACK}] }
  - { name: Own, callbacks: [${VERIFIABLE}] }
  - { name: Foreign, callbacks: [${VERIFIABLE}], is_first_party: false }
  - { name: Second, callbacks: [${CALLBACK}] }
databases:
  - { name: First, enabled_clients: [Web, Own, Foreign] }
  - { name: Staff, enabled_clients: [Second] }
`;

describe('the settings of an API', () => {
  let test: TestTenant;
  let client: Client;
  withTenant(
    () => startTestTenant({ yaml: YAML }),
    (given) => {
      ({ test, client } = given);
    },
  );
  const configure = async (yaml: string) => {
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), yaml);
    await test.tenant.reload();
    return test.tenant.overview().problems?.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
  };

  it('have limits, and each mistake is reported with its line', async () => {
    const configured = await configure(`resourceServers:
  - { name: "A<b>", identifier: "" }
  - { name: B, identifier: b, token_lifetime: 2592001 }
  - { name: C, identifier: c, token_lifetime: 60, token_lifetime_for_web: 61 }
  - { name: D, identifier: d, signing_alg: none, token_dialect: opaque }
  - { name: E, identifier: e, scopes: ${scopes(1001)} }
  - { name: F, identifier: f, signing_alg: HS256, signing_secret: short }
  - { name: G, identifier: f }
`);
    expect(configured).to.deep.equal([
      '2 resourceServers[0].name: must not contain < or >',
      '2 resourceServers[0].identifier: must not be empty',
      '3 resourceServers[1].token_lifetime: must be at most 2592000',
      '4 resourceServers[2].token_lifetime_for_web: must not be longer than token_lifetime',
      '5 resourceServers[3].signing_alg: must be one of RS256, PS256, RS512, HS256',
      '5 resourceServers[3].token_dialect: must be one of access_token, access_token_authz, rfc9068_profile, rfc9068_profile_authz',
      '6 resourceServers[4].scopes: must have at most 1000 entries',
      '7 resourceServers[5].signing_secret: must have at least 16 characters',
      '8 resourceServers[6].identifier: is listed twice: f',
    ]);
    expect(await configure(YAML)).to.equal(undefined);
  });

  it('give an access token a day by default, or what they say; the shorter life for the web is of other flows', async () => {
    expect(await client.logIn({ audience: 'https://plain.example/' })).to.include({ expires_in: 86_400 });
    const { expires_in, access_token } = await client.logIn({ audience: 'short' });
    expect(expires_in).to.equal(90);
    const { iat, exp } = decode(access_token).payload;
    expect(Number(exp) - Number(iat)).to.equal(90);
  });

  it('name the API to the letter: without the final slash it is another one', async () => {
    const url = await client.callback({ audience: 'https://plain.example' });
    expect(Object.fromEntries(url.searchParams)).to.include({
      error: 'access_denied',
      error_description: 'Service not found: https://plain.example',
    });
    expect(test.last('authorization refused')?.reason).to.include('Service not found: https://plain.example');
  });

  it('need not be named where the tenant has a default audience', async () => {
    expect((await client.logIn({ audience: undefined })).access_token?.split('.')).to.have.lengthOf(1);
    expect(await configure(`${YAML}tenant: { default_audience: short }\n`)).to.equal(undefined);
    const { access_token } = await client.logIn({ audience: undefined });
    expect(decode(access_token).payload.aud).to.include('short');
    expect(test.tenant.settings().AUDIENCE).to.equal('short');
    expect(await configure(YAML)).to.equal(undefined);
  });

  it('decide about the consent page for an application of the house with a verifiable callback', async () => {
    const cases = [
      ['Own', 'https://plain.example/', false, 'skipped by default'],
      ['Own', 'asks', true, 'the API asks'],
      ['Foreign', 'https://plain.example/', true, 'of a third party'],
      ['Web', 'https://plain.example/', true, 'called back on localhost'],
    ] as const;
    for (const [name, audience, asks, why] of cases) {
      const fresh = await test.another();
      const browser = new Client(fresh);
      try {
        const redirect_uri = name === 'Web' ? CALLBACK : VERIFIABLE;
        await browser.callback({ client_id: name, audience, redirect_uri, scope: 'openid' });
        const asked = fresh.events.recent().some(({ type }) => type === 'consent given');
        expect(asked, `${name} at ${audience}: ${why}`).to.equal(asks);
      } finally {
        browser.close();
        await fresh.close();
      }
    }
  });

  it('say nothing of users: those of users.json belong to the first database, and log in nowhere else', async () => {
    await client.callback({ client_id: 'Web', audience: undefined });
    expect(test.last('login ok')).to.include({ connection: 'First' });
    const stopped = await client
      .callback({ client_id: 'Second', audience: undefined, prompt: 'login' })
      .catch((e: Error) => e);
    expect(stopped instanceof URL ? stopped.href : stopped.message).to.match(/stopped at .* with 401/);
    expect(test.last('login refused')).to.include({ client_id: 'Second', reason: 'unknown user' });
  });
});
