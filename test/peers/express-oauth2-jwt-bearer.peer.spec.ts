import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { createApi } from '../../shared/api/finished';
import { AUDIENCE, Client, decode } from '../support/client';
import { YAML } from '../support/tenant';
import expressOauth2JwtBearer from './apps/express-oauth2-jwt-bearer';
import { type Peer, startPeer } from './peer';
import type { PeerSettings } from './peer-process';

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

  // What the lesson of step 06 says of it, beside the API of that step.
  it('accepts a token in the address, which the API of step 06 refuses', async () => {
    const { access_token } = await client.logIn();
    const at = `/appointments?access_token=${access_token}`;
    expect((await fetch(`${peer.origin}${at}`)).status).to.equal(200);
    await serving(createApi({ issuer: new URL(peer.tenant.issuer), audience: AUDIENCE }), async (origin) => {
      expect((await fetch(`${origin}${at}`)).status).to.equal(401);
    });
  });

  it('answers 401 while the tenant is down and no keys are known, where the API of step 06 answers 503', async () => {
    const { access_token } = await client.logIn();
    const headers = { authorization: `Bearer ${access_token}` };
    const nobody = await serving(http.createServer(), async (origin) => origin);
    const settings = { AUDIENCE, ISSUER_BASE_URL: nobody } as PeerSettings;
    // Without Express's own log of the error.
    const library = express().set('env', 'test').use(expressOauth2JwtBearer(settings));
    await serving(library, async (origin) => {
      expect((await fetch(`${origin}/appointments`, { headers })).status).to.equal(401);
    });
    await serving(createApi({ issuer: new URL(nobody), audience: AUDIENCE }), async (origin) => {
      const answer = await fetch(`${origin}/appointments`, { headers });
      expect(answer.status).to.equal(503);
      expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    });
  });
});

/** Runs some work while an app serves on a free port of loopback. @param work gets its origin. */
async function serving<T>(app: http.RequestListener | http.Server, work: (origin: string) => Promise<T>) {
  const server = app instanceof http.Server ? app : http.createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
