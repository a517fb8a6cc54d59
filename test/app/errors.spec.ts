import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { text } from '../../shared/browser';
import { REGISTER } from '../../shared/lib/places';
import { appFolder } from '../support/app-in-process';
import { appInWorld } from './attacks';

describe('what the app says when something fails', () => {
  const here = appInWorld(4);
  const { log } = here;

  it('is in the log the tenant’s own error, and neither an object nor a token', async () => {
    here.world.tenant.refusal = {
      error: 'invalid_client',
      error_description: 'wrong secret\nor none',
      id: 'eyJ-secret',
    };
    const page = await here.user.logIn();
    expect(page.status).to.equal(502);
    expect(text(page)).to.include('The tenant refused this app (invalid_client).');
    expect(log).to.have.lengthOf(1);
    expect(log[0]).to.include('invalid_client, wrong secret or none');
    expect(log[0]).not.to.match(/\[object|eyJ-secret|\n/);
  });

  it('is in the log no token of an answer that cannot be used', async () => {
    here.world.tenant.idToken = (claims) => ({ ...claims, iss: 'https://evil.example/' });
    expect((await here.user.logIn()).status).to.equal(502);
    expect(log[0]).to.match(/^GET \/callback: /);
    expect(log.join('\n')).not.to.match(/\[object|eyJ|secret-access-token/);
  });

  it('is 400 for a callback without the iss that the tenant announces, and nobody is logged in', async () => {
    const url = await here.user.callback();
    url.searchParams.delete('iss');
    const page = await here.user.get(url);
    expect(page.status).to.equal(400);
    expect(text(page)).to.include('This login cannot be finished');
    expect(here.world.tenant.tokenRequests).to.have.lengthOf(0);
    expect(await here.user.isLoggedIn()).to.equal(false);
  });

  it('is never that the app is at its address, when it cannot listen there', async () => {
    const taken = http.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const env = {
      ...process.env,
      ...here.world.env,
      CLIENT_ID: 'app',
      CLIENT_SECRET: 'secret',
      PORT: String(port),
    };
    const child = execFile(process.execPath, ['-r', REGISTER, 'server.ts'], {
      cwd: appFolder(4),
      env: { ...env, BASE_URL: '', SESSION_SECRET: 'x'.repeat(32) },
    });
    let words = '';
    child.stderr?.on('data', (chunk) => {
      words += chunk;
    });
    const [code] = await once(child, 'close');
    taken.close();
    expect(words).to.equal(
      `The app cannot listen on port ${port}: another program listens there. Choose another PORT.\n`,
    );
    expect(code).to.equal(1);
  });

  it('has one class of error for each reason: a login is needed, the API refuses the token, a scope is missing', async () => {
    // No tokens for the session, a refused refresh, and a session that has ended lead to the login.
    here.world.tenant.expiresIn = 0;
    await here.user.logIn();
    here.world.tenant.fault = 'invalid_grant';
    expect((await here.user.get('/appointments')).headers.location).to.equal(
      '/login?returnTo=%2Fappointments',
    );
    expect((await here.user.get('/tokens')).headers.location).to.equal('/login?returnTo=%2Ftokens');
    expect(here.world.apiTokens).to.have.lengthOf(0);
  });
});
