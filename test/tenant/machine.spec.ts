import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { overviewText } from '../../shared/tenant/overview';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

const api = (name: string, more: string) =>
  `  - { name: ${name}, identifier: ${name}, scopes: [{ value: "read:x" }, { value: "write:x" }], ${more} }\n`;
const policies = (user: string, client: string) =>
  `subject_type_authorization: { user: { policy: ${user} }, client: { policy: ${client} } }`;
const YAML = `
resourceServers:
${api('open', '')}${api('granted', policies('require_client_grant', 'require_client_grant'))}${api('closed', policies('deny_all', 'deny_all'))}
clients:
  - { name: Web, callbacks: [${CALLBACK}], grant_types: [authorization_code, client_credentials] }
  - { name: Machine, app_type: non_interactive, grant_types: [client_credentials] }
clientGrants:
  - { client_id: Machine, audience: open, scope: ["read:x", "write:x"] }
  - { client_id: Machine, audience: granted, allow_all_scopes: true }
  - { client_id: Web, audience: granted, scope: ["read:x"], subject_type: user }
  - { client_id: Web, audience: closed, scope: ["read:x"], subject_type: user }
  - { client_id: Machine, audience: closed, scope: ["read:x"] }
`;

describe('who may get tokens of an API', () => {
  let test: TestTenant;
  let client: Client;
  const configure = async (yaml: string) => {
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), yaml);
    await test.tenant.reload();
    return test.tenant.overview().problems?.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
  };
  before(async () => {
    test = await startTestTenant();
    expect(await configure(YAML)).to.equal(undefined);
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  const machine = (audience: string | undefined, scope?: string, who = 'MACHINE') =>
    client.token({ grant_type: 'client_credentials', audience, scope, ...test.credentials(who) });

  describe('an application for itself', () => {
    it('gets all scopes of its client grant when it asks for none, or those that it asks for', async () => {
      const all = await machine('open');
      expect(all.status, JSON.stringify(all.body)).to.equal(200);
      expect(all.body).to.include({ token_type: 'Bearer', scope: 'read:x write:x' });
      expect(all.body).not.to.have.any.keys('id_token', 'refresh_token');
      expect(decode(all.body.access_token).payload).to.deep.include({
        sub: 'Machine@clients',
        azp: 'Machine',
        aud: 'open',
        scope: 'read:x write:x',
        gty: 'client-credentials',
      });
      const one = await machine('open', 'write:x');
      expect(decode(one.body.access_token).payload.scope).to.equal('write:x');
      expect(decode((await machine('granted')).body.access_token).payload.scope).to.equal('read:x write:x');
    });

    it('is shown in the overview with these scopes, and not with all that the API defines', () => {
      const { applications } = test.tenant.overview();
      const own = applications.find(({ name }) => name === 'Machine')?.mayAsk ?? [];
      expect(own.every(({ itself }) => itself)).to.equal(true);
      const shown = Object.fromEntries(own.map(({ api, scopes }) => [api, scopes]));
      expect(shown).to.include.keys('open', 'granted').and.not.include.keys('closed');
      expect(shown.open).to.deep.equal(['read:x', 'write:x']);
      expect(overviewText(test.tenant.overview(), { color: false, width: 80 })).to.match(
        /for itself +open\n +read:x\n/,
      );
    });

    const refusals: [string, Parameters<typeof machine>, number, string, string, RegExp][] = [
      [
        'a scope that its client grant lacks',
        ['open', 'read:x admin:x openid'],
        403,
        'access_denied',
        'Client has not been granted scopes: admin:x, openid',
        /the client grant of Machine for open has read:x, write:x, and admin:x, openid was asked for/,
      ],
      [
        'an API without a client grant of its own',
        ['open', undefined, 'WEB'],
        403,
        'access_denied',
        "Client is not authorized to access 'open'. You need to create a 'client-grant' associated to this API.",
        /tenant\.yaml has no client grant of Web for open/,
      ],
      [
        'an API where it may act for users only',
        ['granted', undefined, 'WEB'],
        403,
        'access_denied',
        "Client is not authorized to access 'granted'. You need to create a 'client-grant' associated to this API.",
        /no client grant of Web for granted/,
      ],
      [
        'an API that gives machines none, whatever the client grant says',
        ['closed'],
        403,
        'access_denied',
        "Client is not authorized to access 'closed'.",
        /subject_type_authorization\.client is deny_all/,
      ],
      [
        'an API that there is not',
        [AUDIENCE],
        403,
        'access_denied',
        `Service not found: ${AUDIENCE}`,
        /Service not found/,
      ],
      [
        'no API at all',
        [undefined],
        400,
        'invalid_request',
        "missing required parameter 'audience'",
        /audience/,
      ],
    ];
    for (const [name, request, status, error, description, reason] of refusals) {
      it(`is refused for ${name}, and the log has the precise reason`, async () => {
        const answer = await machine(...request);
        expect(answer.body).to.deep.equal({ error, error_description: description });
        expect(answer.status).to.equal(status);
        expect(test.last('token refused')).to.include({ error, grant_type: 'client_credentials' });
        expect(test.last('token refused')?.reason).to.match(reason);
      });
    }
  });

  describe('an application on behalf of a user', () => {
    it('is allowed by default, as by a client grant with subject_type: user, which is the ceiling', async () => {
      const open = await client.logIn({ audience: 'open', scope: 'openid read:x write:x' });
      expect(decode(open.access_token).payload.scope).to.equal('openid read:x write:x');
      const granted = await client.logIn({ audience: 'granted', scope: 'openid read:x write:x' });
      expect(decode(granted.access_token).payload.scope).to.equal('openid read:x');
      const reported = test.tenant.events
        .recent()
        .filter((event) => event.type === 'scope left out' && event.scope === 'write:x');
      expect(reported, 'reported once').to.have.lengthOf(1);
      expect(reported[0]).to.have.property(
        'reason',
        "the application's client grant for granted with subject_type: user does not have it",
      );
    });

    it('is refused at the callback where the policy wants a grant or denies all', async () => {
      for (const [audience, yaml, reason] of [
        ['closed', YAML, /subject_type_authorization\.user is deny_all/],
        ['granted', YAML.replaceAll(', subject_type: user', ''), /wants a client grant.*and Web has none/],
      ] as const) {
        expect(await configure(yaml)).to.equal(undefined);
        const url = await client.callback({ audience });
        expect(url.href).to.match(/^http:\/\/localhost:3000\/callback\?/);
        expect(Object.fromEntries(url.searchParams)).to.include({
          error: 'invalid_request',
          error_description: `Client 'Web' is not authorized to access resource server '${audience}'.`,
          state: 'the-state',
        });
        expect(test.last('authorization refused')?.reason).to.match(reason);
      }
      expect(await configure(YAML)).to.equal(undefined);
    });
  });

  it('is reported with its line when it does not fit', async () => {
    const reported = await configure(`
resourceServers:
  - { name: a, identifier: a, scopes: [{ value: "read:x" }], subject_type_authorization: { client: { policy: allow_all } } }
clients:
  - name: M
clientGrants:
  - { client_id: M, audience: a, scope: ["raed:x"] }
  - { client_id: M, audience: b, scope: [] }
  - { client_id: M, audience: a, scope: [] }
  - { client_id: N, audience: a, scope: [], subject_type: user }
`);
    expect(reported).to.deep.equal([
      '3 resourceServers[0].subject_type_authorization.client.policy: must be one of require_client_grant, deny_all',
      '7 clientGrants[0].scope[0]: names no scope of a: raed:x; write one of read:x, or add it to the API’s scopes',
      '8 clientGrants[1].audience: names no API of this file: b',
      '9 clientGrants[2]: is a second client grant of M for a and the same subject_type; write one with all scopes',
      '10 clientGrants[3].client_id: names no application of this file: N',
    ]);
    expect(await configure(YAML)).to.equal(undefined);
  });
});
