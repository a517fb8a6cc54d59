import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ROOT, workFolder } from '../../shared/steps/layers';
import { managementAccount } from '../../shared/tenant/management/system-api';
import { ANN } from '../support/workshop';
import { type Peer, startPeer } from './peer';

const YAML = `
clients:
  - { name: Peer, app_type: non_interactive, grant_types: [client_credentials] }
clientGrants:
  - client_id: Peer
    audience: https://##AUTH0_DOMAIN##/api/v2/
    scope: ["read:users", "create:users", "update:users", "delete:users"]
databases:
  - { name: Username-Password-Authentication, strategy: auth0, enabled_clients: [] }
`;

const PAGE = path.join(ROOT, 'docs', 'management-api.md');

/** The one program on the page. */
function published(): string {
  const [, program] = /```js\n([\s\S]*?)```/.exec(fs.readFileSync(PAGE, 'utf8')) ?? [];
  if (!program) throw new Error(`${PAGE} has no program`);
  return program;
}

/** As an application uses it: by domain and credentials, with the SDK's own HTTP client. */
describe('the SDK auth0 against the local tenant', () => {
  let peer: Peer;
  before(async () => {
    peer = await startPeer({ app: 'auth0', yaml: YAML, https: true });
  });
  after(() => peer?.close());

  const call = async (method: string, at: string) => {
    const answer = await fetch(`${peer.origin}${at}`, { method });
    return { status: answer.status, body: await answer.json() };
  };

  it('gets a token by itself, and reads a user', async () => {
    const { status, body } = await call('GET', `/users?email=${ANN.email}`);
    expect(status).to.equal(200);
    expect(body).to.have.length(1);
    expect(body[0]).to.include({ name: ANN.name });
    expect(peer.last('token issued')).to.include({
      grant_type: 'client_credentials',
      client_id: peer.credentials('PEER').client_id,
    });
  });

  it('makes a user, changes it and deletes it', async () => {
    const { body: made } = await call('POST', '/users?email=new@example.com');
    expect(made).to.deep.include({ email: 'new@example.com', user_metadata: { office: 'Porto' } });
    expect((await call('GET', '/users?email=new@example.com')).body).to.have.length(1);
    expect((await call('DELETE', `/users/${encodeURIComponent(made.user_id)}`)).status).to.equal(200);
    expect((await call('GET', '/users?email=new@example.com')).body).to.deep.equal([]);
  });

  it('runs the program of docs/management-api.md as it is there', async () => {
    const { client_id, client_secret } = await managementAccount(path.join(peer.folder, 'data'));
    fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
    // Below the repository's folder, where Node finds its packages.
    const folder = fs.mkdtempSync(path.join(workFolder(), 'sdk-'));
    try {
      const file = path.join(folder, 'list.mjs');
      fs.writeFileSync(file, published());
      const { stdout } = await promisify(execFile)(process.execPath, [file], {
        env: {
          PATH: process.env.PATH,
          AUTH0_DOMAIN: `localhost:${peer.tenant.port}`,
          AUTH0_CLIENT_ID: client_id,
          AUTH0_CLIENT_SECRET: client_secret,
          NODE_EXTRA_CA_CERTS: peer.tenant.settings().NODE_EXTRA_CA_CERTS,
        },
      });
      expect(stdout).to.equal(`${peer.credentials('PEER').client_id} Peer\n`);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is refused what its client grant does not have', async () => {
    const { status, body } = await call('GET', '/clients');
    expect(status).to.equal(502);
    expect(body.status).to.equal(403);
    expect(body.body).to.deep.include({ errorCode: 'insufficient_scope' });
    expect(body.body.message).to.include('read:clients');
  });

  it('is refused with a wrong secret', async () => {
    const { status, body } = await call('GET', '/wrong-secret');
    expect(status).to.equal(502);
    expect(body.message).to.include('401');
    expect(peer.last('token refused')).to.include({ error: 'invalid_client' });
  });
});
