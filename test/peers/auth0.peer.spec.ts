import { expect } from 'chai';
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
