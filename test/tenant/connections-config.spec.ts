import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { certify } from '../../shared/lib/certificate';
import { ROOT } from '../../shared/steps/layers';
import { ConfigurationError, loadTenantConfig } from '../../shared/tenant/config/load';
import { temporaryFolder } from '../support/workshop';

describe('connections in tenant.yaml', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const file = path.join(folder, 'tenant.yaml');
  const load = (text: string, env: NodeJS.ProcessEnv = {}) => {
    fs.writeFileSync(file, text);
    return loadTenantConfig(file, env);
  };
  const mistakes = async (text: string) => {
    const error = await load(text).catch((one: unknown) => one);
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
  };

  it('as docs/connections.md shows them are the workshop’s own providers, and with values in the environment real ones', async () => {
    const doc = fs.readFileSync(path.join(ROOT, 'docs', 'connections.md'), 'utf8');
    const [, snippet = ''] = /```yaml\n([\s\S]*?)```/.exec(doc) ?? [];
    const text = `clients:\n  - name: Day Planner\n${snippet}`;
    const [google, saml] = (await load(text)).connections;
    expect(google?.options).to.include({ client_id: undefined, client_secret: undefined });
    expect(saml?.options).to.include({ signInEndpoint: undefined, signingCert: undefined });
    const { certificate } = await certify('An identity provider');
    const der = certificate.replace(/-----[A-Z ]+-----|\s/g, '');
    for (const given of [certificate, Buffer.from(certificate).toString('base64'), der]) {
      const env = {
        GOOGLE_CLIENT_ID: 'id',
        GOOGLE_CLIENT_SECRET: 'secret',
        SAML_SIGN_IN_URL: 'https://idp.example/sso',
        SAML_SIGNING_CERT: given,
      };
      const [real, realSaml] = (await load(text, env)).connections;
      expect(real?.options).to.include({ client_id: 'id', client_secret: 'secret' });
      expect(realSaml?.options).to.include({ signInEndpoint: 'https://idp.example/sso' });
      expect(
        String((realSaml?.options as { signingCert?: string } | undefined)?.signingCert).trim(),
      ).to.equal(certificate.trim());
    }
  });

  it('report all their mistakes at once, each with its line and what to do', async () => {
    expect(
      await mistakes(`clients:
  - name: Web
connections:
  - name: one
    strategy: samlp
    enabled_clients: [Nobody]
    options:
      signInEndpoint: http://idp.example/sso
      signInEndpont: x
      signingCert: nonsense
      protocolBinding: POST
      idpinitiated: { enabled: true }
      fieldsMap: { email: 7 }
  - name: two_words
    strategy: oidc
    options: { client_id: x, client_secret: y, type: front_channel }
  - name: one
    strategy: google-oauth2
    options: { client_id: half }
  - name: four
    strategy: oauth2
    options: { client_id: x }
attackProtection:
  bruteForceProtection: { max_attempts: 0, mode: never }
`),
    ).to.deep.equal([
      '6 connections[0].enabled_clients[0]: names no application of this file: Nobody',
      '8 connections[0].options.signInEndpoint: must be an https URL, or an http one on localhost, such as https://idp.example/sso',
      '9 connections[0].options.signInEndpont: is not known here; did you mean signInEndpoint?',
      '10 connections[0].options.signingCert: is no X.509 certificate: give the identity provider’s signing certificate as PEM, or that in base64',
      '11 connections[0].options.protocolBinding: must be one of urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect, urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      '13 connections[0].options.fieldsMap.email: must be the name of an attribute, or a list of names',
      '14 connections[1].name: must be letters and digits, with single hyphens between them',
      '16 connections[1].options.type: must be back_channel: the local tenant takes no tokens from the browser',
      '16 connections[1].options: needs discovery_url, the address of the provider’s discovery document',
      '17 connections[2].name: is listed twice: one',
      '19 connections[2].options: client_id and client_secret belong together: one of them is missing',
      '22 connections[3].options.authorizationURL: is missing',
      '22 connections[3].options.tokenURL: is missing',
      '22 connections[3].options.client_secret: is missing',
      '22 connections[3].options.scripts: is missing',
      '24 attackProtection.bruteForceProtection.max_attempts: must be at least 1',
      '24 attackProtection.bruteForceProtection.mode: must be one of count_per_identifier_and_ip, count_per_identifier',
    ]);
  });

  it('of a strategy that is not served are accepted and not offered', async () => {
    const { connections } = await load(
      'connections: [{ name: hub, strategy: github, options: { profile: true } }]',
    );
    expect(connections).to.deep.equal([]);
  });
});
