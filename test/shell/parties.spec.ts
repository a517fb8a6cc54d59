import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { listSteps } from '../../shared/steps/layers';
import { command, loopback, statusAt } from '../support/command';
import { inProcess } from '../support/in-process';
import { API, ISSUER, partiesAtTheShell } from './party-commands';

describe('the contract at the shell', () => {
  const { folder, run, tenant, api, app, parties } = partiesAtTheShell(inProcess);
  const spawned = new Map(partiesAtTheShell(command).parties.map(([name, start]) => [name, start]));

  it('says in the tenant’s log what its files leave open, though nobody could hear it while they were read', async () => {
    const users = path.join(folder, 'exported.json');
    fs.writeFileSync(users, '{"email":"a@example.com"}\n{"email":"b@example.com"}\n');
    const party = tenant(['--port', '0', '--users', users]);
    await party.ready();
    expect(party.stderr()).to.include('users hint').and.include('it carries no password hashes');
  });
  for (const [name, start, key, setting] of parties) {
    describe(`the ${name}`, () => {
      it('listens on every loopback address, says so in one go, and frees the port when it ends', async () => {
        const party = (spawned.get(name) ?? start)(['--port', '0']);
        const { port } = new URL((await party.ready())[key] ?? '');
        expect(party.stdout(), 'KEY=value lines, then # ready').to.match(/^([A-Z0-9_]+=.*\n)+# ready\n$/);
        for (const host of await loopback()) expect(await statusAt(host, port), host).to.be.a('number');
        await party.stop();
        for (const host of await loopback()) expect(await statusAt(host, port), host).to.equal(undefined);
        expect(party.stdout(), 'logs go to standard error').to.match(/^([A-Z0-9_]+=.*\n)+# ready\n$/);
      });

      it('names a taken port and the setting that changes it', async () => {
        const other = await listenOnLoopback(() => {}, { port: 0, party: 'x', setting: 'x' });
        try {
          const { code, stdout, stderr } = await start(['--port', String(other.port)]).ended;
          expect(stderr).to.include(`port ${other.port}`).and.include('--port').and.include(setting);
          expect(stderr).not.to.match(/\n\s+at /);
          expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        } finally {
          await other.close();
        }
      });

      it('takes its port from the flag, then the environment, then .env', async () => {
        const bad = (where: string) => new RegExp(`${setting} \\(from ${where}\\).*"${where.slice(-4)}`);
        fs.writeFileSync(path.join(folder, '.env'), `${setting}=".env-port"\n`);
        expect((await start([]).ended).stderr).to.match(bad('\\.env'));
        expect((await start([], { [setting]: 'ment-port' }).ended).stderr).to.match(bad('environment'));
        await start(['--port', '0'], { [setting]: 'ment-port' }).ready();
        expect(fs.readFileSync(path.join(folder, '.env'), 'utf8')).to.equal(`${setting}=".env-port"\n`);
      });
    });
  }

  it('the tenant prints the plain names, those of every application, and an issuer of its own port', async () => {
    const settings = await tenant(['--port', '0']).ready();
    expect(settings.ISSUER_BASE_URL).to.match(/^http:\/\/localhost:\d+\/$/);
    expect(settings.AUDIENCE).to.equal('https://appointments.example/api');
    expect(settings.CLIENT_ID).to.match(/^[A-Za-z0-9]+$/);
    expect(settings.CLIENT_ID__DAY_PLANNER).to.equal(settings.CLIENT_ID);
    expect(settings.CLIENT_SECRET__DAY_PLANNER).to.equal(settings.CLIENT_SECRET);
  });

  it('the tenant keeps its secret over a restart, and makes a new one with --reset', async () => {
    const secrets: (string | undefined)[] = [];
    for (const more of [[], [], ['--reset']]) {
      const one = tenant(['--port', '0', ...more]);
      secrets.push((await one.ready()).CLIENT_SECRET);
      await one.stop();
    }
    expect(secrets[0]).to.be.a('string').and.equal(secrets[1]);
    expect(secrets[2]).not.to.equal(secrets[0]);
  });

  it('the tenant publishes URLs of its issuer, never of the Host header', async () => {
    const { ISSUER_BASE_URL: issuer = '' } = await tenant(['--port', '0']).ready();
    const found = await fetch(
      new URL(`http://127.0.0.1:${new URL(issuer).port}/.well-known/openid-configuration`),
    );
    const metadata = (await found.json()) as Record<string, unknown>;
    expect(metadata.issuer).to.equal(issuer);
    for (const url of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'])
      expect(metadata[url], url)
        .to.be.a('string')
        .and.satisfy((text: string) => text.startsWith(issuer));
  });

  it('missing and malformed settings are one message that names them all', async () => {
    const ofApi = await api(['--port', 'x']).ended;
    expect(ofApi.code).to.equal(2);
    for (const name of ['API_PORT', 'ISSUER_BASE_URL is missing', 'AUDIENCE is missing'])
      expect(ofApi.stderr).to.include(name);
    const ofApp = await app(['--port', '0']).ended;
    expect(ofApp.code).to.equal(2);
    for (const name of ['ISSUER_BASE_URL', 'CLIENT_ID', 'CLIENT_SECRET'])
      expect(ofApp.stderr.split(`${name} is missing`), name).to.have.length(2);
    expect(ofApp.stdout).to.equal('');
  });

  it('--env names the file, which must exist', async () => {
    const file = path.join(folder, 'settings.env');
    fs.writeFileSync(file, `ISSUER_BASE_URL=${ISSUER}\nAUDIENCE=x\n`);
    await api(['--port', '0', '--env', file]).ready();
    const { code, stderr } = await api(['--port', '0', '--env', `${file}.not`]).ended;
    expect({ code, named: stderr.includes(`${file}.not`) }).to.deep.equal({ code: 2, named: true });
  });

  it('an issuer may be https or on loopback, with or without its final slash; nothing else', async () => {
    await api(['--port', '0'], { ...API, ISSUER_BASE_URL: 'https://example.eu.auth0.com' }).ready();
    const { code, stderr } = await api(['--port', '0'], { ...API, ISSUER_BASE_URL: 'http://example.com/' })
      .ended;
    expect(code).to.equal(2);
    expect(stderr).to.include('ISSUER_BASE_URL').and.include('must be https');
  });

  it('a step that does not exist is answered with those that do', async () => {
    const { code, stderr } = await run('shared/workshop/app.ts', ['9']).ended;
    expect(code).to.equal(2);
    for (const { id, title } of listSteps()) expect(stderr).to.include(`${id}  ${title}`);
  });
});
