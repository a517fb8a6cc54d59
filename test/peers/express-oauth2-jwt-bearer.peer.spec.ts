import { expect } from 'chai';
import { AUDIENCE, Client, decode } from '../support/client';
import { YAML } from '../support/tenant';
import { type Peer, startPeer } from './peer';

describe('express-oauth2-jwt-bearer against the local tenant', () => {
  let peer: Peer;
  let client: Client;
  before(async () => {
    peer = await startPeer({ app: 'express-oauth2-jwt-bearer', client: 'WEB', yaml: YAML });
    client = new Client(peer.tenant);
  });
  after(async () => {
    client?.close();
    await peer?.close();
  });

  const call = async (token: string | undefined) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${peer.origin}/appointments`, { headers });
    return {
      status: answer.status,
      says: answer.headers.get('www-authenticate') ?? '',
      body: await answer.text(),
    };
  };

  it('lets a user in whose token is for this API, after a refresh too', async () => {
    const tokens = await client.logIn();
    const first = await call(tokens.access_token);
    expect(first.status).to.equal(200);
    expect(JSON.parse(first.body).sub).to.equal(decode(tokens.id_token).payload.sub);
    const refreshed = await client.refresh(tokens.refresh_token);
    expect((await call(refreshed.body.access_token)).status).to.equal(200);
  });

  it('lets an application in that acts for itself', async () => {
    const { body } = await client.token({
      grant_type: 'client_credentials',
      audience: AUDIENCE,
      ...peer.credentials('MACHINE'),
    });
    const answer = await call(body.access_token);
    expect(answer.status).to.equal(200);
    expect(JSON.parse(answer.body).sub).to.equal(`${peer.credentials('MACHINE').client_id}@clients`);
  });

  it('refuses a token for another API', async () => {
    const { access_token } = await client.logIn({ audience: 'urn-less identifier', scope: 'openid read:x' });
    const { status, says } = await call(access_token);
    expect(status).to.equal(401);
    expect(says).to.include('error="invalid_token"').and.to.include("'aud'");
  });

  it('refuses a token that is opaque, since no audience was asked for', async () => {
    const { access_token } = await client.logIn({ audience: undefined, scope: 'openid' });
    const { status, says } = await call(access_token);
    expect(status).to.equal(401);
    expect(says).to.include('error="invalid_token"');
  });

  it('refuses a token without the scope', async () => {
    const { access_token } = await client.logIn({ scope: 'openid create:appointments' });
    const { status, says } = await call(access_token);
    expect(status).to.equal(403);
    expect(says).to.include('error="insufficient_scope"').and.to.include('read:appointments');
  });

  it('refuses a call without a token', async () => {
    const { status, says } = await call(undefined);
    expect(status).to.equal(401);
    expect(says).to.match(/^Bearer realm="api"/);
  });
});
