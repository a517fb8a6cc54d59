import 'reflect-metadata';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import { type AppProcess, startApp } from '../../shared/app-runner/start-app';
import { Browser, text } from '../../shared/browser';
import { localHttps } from '../../shared/tenant/https/authority';
import { type Identity, makeAuthority, makeServer } from '../../shared/tenant/https/certificate';
import { appFolder, removeApps } from '../support/app-in-process';
import { type Command, command } from '../support/command';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN, temporaryFolder } from '../support/workshop';

/** What a TLS client says of a server: 'ok', or why it refuses it. */
function handshake(port: number, host: string, ca?: string, servername = 'localhost'): Promise<string> {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host, servername, ...(ca ? { ca } : {}) }, () => {
      socket.destroy();
      resolve('ok');
    });
    // OpenSSL knows more reasons than Node has codes for.
    socket.on('error', ({ code = 'UNSPECIFIED', message }: NodeJS.ErrnoException) =>
      resolve(code === 'UNSPECIFIED' ? message : code),
    );
  });
}

describe('the tenant with https', () => {
  let test: TestTenant;
  let authority: string;
  before(async () => {
    test = await startTestTenant({ https: true });
    authority = fs.readFileSync(test.tenant.settings().NODE_EXTRA_CA_CERTS ?? '', 'utf8');
  });
  after(async () => {
    removeApps();
    await test?.close();
  });

  it('has an https issuer and is trusted by whoever trusts its authority, and by nobody else', async () => {
    expect(test.tenant.issuer).to.equal(`https://localhost:${test.tenant.port}/`);
    for (const host of ['localhost', '127.0.0.1'])
      expect(await handshake(test.tenant.port, host, authority, host === 'localhost' ? host : '')).to.equal(
        'ok',
      );
    expect(await handshake(test.tenant.port, 'localhost')).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await handshake(test.tenant.port, 'localhost', authority, 'evil.example')).to.equal(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('serves the finished app and the API, which trust the authority by NODE_EXTRA_CA_CERTS', async () => {
    const browser = new Browser({ authority });
    const { AUDIENCE = '', ISSUER_BASE_URL = '', NODE_EXTRA_CA_CERTS = '' } = test.tenant.settings();
    const api: Command = command('shared/api/main.ts', ['--port', '0'], {
      env: { NODE_EXTRA_CA_CERTS, ISSUER_BASE_URL, AUDIENCE },
    });
    let app: AppProcess | undefined;
    try {
      const { API_URL = '' } = await api.ready();
      app = await startApp(appFolder(4), {
        env: { ...test.tenant.settings(), API_URL, SESSION_SECRET: 'x'.repeat(32) },
      });
      const file = path.join(test.folder, 'tenant.yaml');
      const yaml = fs.readFileSync(file, 'utf8');
      fs.writeFileSync(file, yaml.replaceAll('http://localhost:3000/callback', `${app.origin}/callback`));
      await test.tenant.reload();
      const page = await browser.logIn(await browser.get(`${app.origin}/login?returnTo=/appointments`), ANN);
      expect(`${page.status} ${page.url.href}`).to.equal(`200 ${app.origin}/appointments`);
      expect(text(page)).to.include('Appointments');
      expect(await browser.cookies(test.tenant.issuer)).to.include('tenant.sid');
    } finally {
      browser.close();
      await app?.close();
      await api.stop();
    }
  });
});

describe('the local authority', () => {
  let folder: string;
  let remove: () => void;
  beforeEach(() => ({ folder, remove } = temporaryFolder()));
  afterEach(() => remove());
  const write = (name: string, value: Identity) =>
    fs.writeFileSync(path.join(folder, name), JSON.stringify(value));

  it('is made once, with its folder, also by two that start at once, and only its owner can read its key', async () => {
    fs.rmdirSync(folder);
    const [one, two] = await Promise.all([localHttps(folder), localHttps(folder)]);
    expect(two).to.deep.equal(one);
    expect(await localHttps(folder)).to.deep.equal(one);
    if (process.platform !== 'win32')
      for (const name of ['.', 'authority.json', 'localhost.json', 'local-authority.pem'])
        expect(fs.statSync(path.join(folder, name)).mode & 0o077, name).to.equal(0);
    expect(fs.readFileSync(one.authorityFile, 'utf8')).not.to.include('PRIVATE');
  });

  it('renews the server’s certificate before it expires, and is itself renewed before it does', async () => {
    const authority = await makeAuthority(3650);
    write('authority.json', authority);
    write('localhost.json', await makeServer(authority, 89));
    const renewed = await localHttps(folder);
    expect(Date.parse(new X509Certificate(renewed.certificate).validTo)).to.be.above(
      Date.now() + 300 * 864e5,
    );
    expect(fs.readFileSync(renewed.authorityFile, 'utf8')).to.equal(authority.certificate);

    write('authority.json', await makeAuthority(30));
    const again = await localHttps(folder);
    const ca = new X509Certificate(fs.readFileSync(again.authorityFile));
    expect(Date.parse(ca.validTo)).to.be.above(Date.now() + 3000 * 864e5);
    expect(new X509Certificate(again.certificate).verify(ca.publicKey)).to.equal(true);
  });

  it('can vouch for no other site, whoever has its key', async () => {
    const authority = await makeAuthority(10);
    const alg = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await crypto.subtle.generateKey(alg, true, ['sign', 'verify']);
    const forged = await x509.X509CertificateGenerator.create({
      subject: 'CN=bank.example',
      issuer: new x509.X509Certificate(authority.certificate).subject,
      signingAlgorithm: alg,
      publicKey: keys.publicKey,
      signingKey: await crypto.subtle.importKey(
        'pkcs8',
        x509.PemConverter.decodeFirst(authority.key),
        alg,
        false,
        ['sign'],
      ),
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'bank.example' }])],
    });
    const key = createPrivateKey({
      key: Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
      format: 'der',
      type: 'pkcs8',
    });
    const server = tls.createServer({
      cert: forged.toString('pem'),
      key: key.export({ type: 'pkcs8', format: 'pem' }),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      expect(await handshake(port, '127.0.0.1', authority.certificate, 'bank.example')).to.match(
        /PERMITTED_VIOLATION|permitted subtree violation/i,
      );
    } finally {
      server.close();
    }
  });

  it('says which file is damaged', async () => {
    fs.writeFileSync(path.join(folder, 'authority.json'), '{"key": "x", "certificate": "y"}');
    const error = await localHttps(folder).catch((problem: Error) => problem);
    expect((error as Error).message).to.match(/authority\.json is damaged.*--reset/);
  });
});
