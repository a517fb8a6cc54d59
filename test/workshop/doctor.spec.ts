import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { listenOnLoopback } from '../../shared/lib/listen';
import { workshopPorts } from '../../shared/workshop/doctor/answers';
import { environment, place } from '../../shared/workshop/doctor/machine';
import { localhost } from '../../shared/workshop/doctor/network';
import { packages } from '../../shared/workshop/doctor/packages';
import { storeTrouble } from '../../shared/workshop/doctor/store';
import { appFolder, removeApps } from '../support/app-in-process';
import { inProcess } from '../support/in-process';
import { startTestTenant } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';
import { Doctor } from './doctor';

const fixture = new Doctor('doctor');
const { folder, app: APP, env: ENV, secret: SECRET } = fixture;
const doctor = fixture.run.bind(fixture);
const findings = fixture.findings.bind(fixture);

describe('doctor', () => {
  before(() => fixture.open());
  beforeEach(() => fixture.right());
  after(() => {
    fixture.remove();
    removeApps();
  });

  it('finds a file that a full disk left empty, which is in nobody’s way', async () => {
    const file = path.join(fixture.work, 'session-secret');
    fs.writeFileSync(file, '');
    try {
      const { byId, code } = await findings();
      expect(byId('empty-files')?.level).to.equal('warning');
      expect(byId('empty-files')?.seen).to.match(/^session-secret in .* is empty/);
      expect(code).to.equal(0);
    } finally {
      fs.rmSync(file);
    }
    expect((await findings()).byId('empty-files')).to.equal(undefined);
  });

  it('finds nothing in the way where nothing is: exit code 0', async () => {
    const { code, all, wrong } = await findings();
    expect(wrong).to.deep.equal([]);
    expect(code).to.equal(0);
    const known = ['node', 'packages', 'env', 'ports', 'localhost', 'clock', 'tenant-file', 'cookies'];
    expect(all.map(({ id }) => id)).to.include.members(known);
    const { stdout } = await doctor();
    expect(stdout)
      .to.match(/^ok {7}Node \d+/)
      .and.include('Nothing stands in the way.');
  });

  it('names who has a port, and how to choose another: exit code 1', async () => {
    const taken = http.createServer((_, res) => res.end('mine')).listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const { code, byId } = await findings({ APP_PORT: String(port) });
      expect(code).to.equal(1);
      const found = byId('port-taken');
      expect(found?.seen).to.include(String(port)).and.include('the app');
      expect(found?.mend).to.include('--app-port');
      // Only an app of another language needs it.
      const rare = await findings({ CHECK_API_PORT: String(port) });
      expect(rare.byId('check-port-taken')?.level).to.equal('warning');
      expect(rare.code).to.equal(0);
    } finally {
      taken.close();
    }
  });

  it('names no port as taken beside a running workshop, where no tool reports who listens', async () => {
    const { APP_PORT = '', GUIDE_PORT = '', TENANT_PORT = '', API_PORT = '' } = fixture.free;
    const ports = [
      '--app-port',
      APP_PORT,
      '--guide-port',
      GUIDE_PORT,
      '--tenant-port',
      TENANT_PORT,
      '--api-port',
      API_PORT,
    ];
    const workshop = inProcess('shared/guide/main.ts', [...ports, '--env', ENV], {
      env: { MY_APP: path.join(fixture.work, 'none'), WORKSHOP_DIR: fixture.work },
    });
    try {
      await workshop.until(/Ctrl-C[\s\S]*\n\n/);
      const { all, wrong } = await findings({ PATH: '', Path: '' });
      expect(wrong).to.deep.equal([]);
      const here = all.filter(({ id }) => id === 'port-in-use-here').map(({ seen }) => seen);
      for (const port of [APP_PORT, GUIDE_PORT, TENANT_PORT, API_PORT])
        expect(here.join('\n')).to.include(`Port ${port} `);
    } finally {
      await workshop.stop();
    }
  });

  it('knows tenant and API that run alone by what they answer, and no other server', async () => {
    const { TENANT_PORT = '', API_PORT = '', APP_PORT = '' } = fixture.free;
    const data = path.join(folder, 'data');
    const tenant = inProcess('shared/workshop/tenant.ts', ['--port', TENANT_PORT, '--data', data]);
    const settings = { ISSUER_BASE_URL: 'http://localhost:9/', AUDIENCE: 'https://appointments.example/api' };
    const api = inProcess('shared/api/main.ts', ['--port', API_PORT], { env: settings });
    const other = await listenOnLoopback((_, res) => res.end('<title>Call Your'), {
      port: Number(APP_PORT),
      party: 'A test',
      setting: '',
    });
    try {
      await Promise.all([tenant.ready(), api.ready()]);
      const { all, wrong } = await findings({ PATH: '', Path: '' });
      expect(all.filter(({ id }) => id === 'port-in-use-here')).to.have.length(2);
      expect(wrong).to.deep.equal(['port-taken']);
      expect(all.find(({ id }) => id === 'port-taken')?.seen)
        .to.include(APP_PORT)
        .and.include('does not report');
    } finally {
      await Promise.all([tenant.stop(), api.stop(), other.close()]);
    }
  });

  it('reports every line of .env that is read otherwise than it looks, each with a fix', async () => {
    fs.writeFileSync(
      ENV,
      [
        '\ufeffCLIENT_ID=abc',
        'no equals sign',
        'CLIENT_SECRET=abc#def',
        'AUDIENCE=“https://appointments.example/api”',
        'ISSUER_BASE_URL=127.0.0.1',
        'BASE_URL=http://localhost:3000/callback',
        'SESSION_SECRET=short',
        'SESSION_SECRET=shorter',
        'CLIENT_AUTH=jwt',
        'STORE_URL=store.db',
        'STORE_KEYS=abc,def',
        'REDIS_URL=localhost:6379',
        'SESSION_IDLE_SECONDS=a day',
        'LOCK_SECONDS=3',
        'API_URL="http://localhost:4002',
      ].join('\r\n'),
    );
    const { code, all, byId } = await findings();
    expect(code).to.equal(1);
    const expected = [
      'env-bom',
      'env-line',
      'env-hash',
      'env-curly',
      'env-url',
      'env-base-path',
      'env-secret-short',
      'env-twice',
      'env-client-auth',
      'env-store-url',
      'env-store-keys',
      'env-redis-url',
      'env-seconds',
      'env-lock-short',
      'env-quote',
      'env-crlf',
    ];
    expect(all.map(({ id }) => id)).to.include.members(expected);
    expect(byId('env-line')?.seen).to.include('.env:2');
    for (const one of all.filter(({ level }) => level === 'wrong' || level === 'warning'))
      expect(one.mend, one.id).to.match(/\S/);
  });

  it('refuses the times of an app with a store that the app refuses, and no others', async () => {
    const { readStoreConfig } = require(path.join(appFolder(7), 'store-config')) as {
      readStoreConfig(env: Record<string, string>): unknown;
    };
    const isRefusedByApp = (name: string, value: string) => {
      try {
        readStoreConfig({ STORE_URL: 'memory:', [name]: value });
        return false;
      } catch (error) {
        // A lock must also be longer than a request: that is a finding of its own.
        return new RegExp(`${name} must be (?!longer)`).test(String(error));
      }
    };
    const values = [
      '1.5',
      '0',
      '-1',
      'a day',
      'Infinity',
      '1',
      '60',
      '3600',
      '3601',
      '315360000',
      '315360001',
    ];
    const names = [
      'SESSION_IDLE_SECONDS',
      'SESSION_ABSOLUTE_SECONDS',
      'LOCK_SECONDS',
      'TOKEN_REQUEST_SECONDS',
    ];
    for (const name of names)
      for (const value of values)
        expect(storeTrouble(name, value, name)?.id, `${name}=${value}`).to.equal(
          isRefusedByApp(name, value) ? 'env-seconds' : undefined,
        );
  });

  it('finds a secret that the tenant refuses, and a missing audience', async () => {
    const test = await startTestTenant();
    const { client_id, client_secret } = test.credentials('WEB');
    const settings = (secret?: string) =>
      `${SECRET}ISSUER_BASE_URL=${test.tenant.issuer}\nCLIENT_ID=${client_id}\nCLIENT_SECRET=${secret}\n`;
    try {
      fs.writeFileSync(ENV, settings('wrong'));
      const bad = await findings();
      expect(bad.wrong).to.deep.equal(['secret-refused']);
      expect(bad.byId('secret-refused')?.seen)
        .to.include(`CLIENT_ID ${client_id}`)
        .and.include('invalid_client');
      expect(bad.byId('env-no-audience')?.seen).to.include('opaque');
      fs.writeFileSync(ENV, `${settings(client_secret)}AUDIENCE=https://appointments.example/api\n`);
      const good = await findings();
      expect(good.wrong).to.deep.equal([]);
      expect(good.byId('env-no-audience')).to.equal(undefined);
    } finally {
      await test.close();
    }
  });

  it('guesses which name a misspelled one means', async () => {
    fs.writeFileSync(ENV, `${SECRET}CLIENT_SECERT=x\nAUTH0_DOMAIN=x\nbase_url=x\nAUDIENCES=x\nPOINTS=x\n`);
    const { all } = await findings();
    const guessed = all.filter(({ id }) => id === 'env-name').map(({ mend }) => mend);
    const names = ['CLIENT_SECRET', 'ISSUER_BASE_URL', 'BASE_URL', 'AUDIENCE'];
    expect(guessed).to.have.members(names.map((name) => `Rename it to ${name}.`));
  });

  it('lets a right .env pass, however it is written', async () => {
    fs.writeFileSync(
      ENV,
      `# mine\nexport CLIENT_ID=abc\nCLIENT_SECRET="abc#def"\nBASE_URL=http://localhost:3000/\nMY_OWN_SETTING=1\n${SECRET}`,
    );
    const { code, byId } = await findings();
    expect(byId('env')?.seen).to.include('5 settings');
    expect(code).to.equal(0);
  });

  it('reports UTF-16 and a file of secrets that is in git', async () => {
    fs.writeFileSync(ENV, Buffer.from(`\ufeff${SECRET}`, 'utf16le'));
    expect((await findings()).wrong).to.deep.equal(['env-utf16']);

    fs.writeFileSync(ENV, SECRET);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    git('init');
    try {
      expect((await findings()).wrong).to.deep.equal([]);
      git('add', '-f', '.env');
      expect((await findings()).wrong).to.deep.equal(['env-committed']);
    } finally {
      fs.rmSync(path.join(folder, '.git'), { recursive: true });
    }
  });

  it('reports what the shell overrides, and where localhost and 127.0.0.1 are mixed', async () => {
    fs.writeFileSync(
      ENV,
      `${SECRET}BASE_URL=http://127.0.0.1:3000\nAPI_URL=http://localhost:4002\nAUDIENCE=a\n`,
    );
    const { code, byId, wrong } = await findings({ AUDIENCE: 'b' });
    expect(code).to.equal(1);
    expect(byId('env-overridden')?.seen).to.include('AUDIENCE');
    expect(wrong).to.include('hosts-mixed');
    // tenant.yaml knows localhost only.
    expect(byId('callback-host')?.mend).to.include('cookie');
  });

  it('compares the clock with the tenant’s', async () => {
    let seconds = 0;
    const tenant = await listenOnLoopback(
      (_, res) => res.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString()).end('{}'),
      { port: 0, party: 'A test', setting: '' },
    );
    fs.writeFileSync(ENV, `${SECRET}ISSUER_BASE_URL=http://localhost:${tenant.port}\n`);
    try {
      expect((await findings()).byId('clock')?.seen).to.include('agrees');
      seconds = 600;
      const { code, byId } = await findings();
      expect(byId('clock-off')?.seen).to.match(/(599|600) s behind/);
      expect(code).to.equal(1);
    } finally {
      await tenant.close();
    }
    const off = await findings();
    expect(off.byId('tenant-off')?.mend).to.include('npm start');
    expect(off.code).to.equal(0);
  });

  it('reports a tenant.yaml with mistakes, and one whose callback is another origin', async () => {
    const file = path.join(APP, 'tenant.yaml');
    const good = fs.readFileSync(file, 'utf8');
    try {
      fs.writeFileSync(file, good.replace('token_lifetime: 3600', 'token_lifetime: an hour'));
      const { code, byId } = await findings();
      expect(code).to.equal(1);
      expect(byId('tenant-file')?.seen).to.include('token_lifetime');
      fs.writeFileSync(file, good.replaceAll('http://localhost:3000', 'http://localhost:3999'));
      expect((await findings()).byId('callback-port')?.level).to.equal('warning');
      fs.writeFileSync(file, good.replaceAll('http://localhost:3000', 'http://127.0.0.1:3000'));
      expect((await findings()).wrong).to.deep.equal(['callback-host']);
    } finally {
      fs.writeFileSync(file, good);
    }
  });

  it('is used wrongly with an option that it has not: exit code 2', async () => {
    const { code, stderr } = await doctor({}, '--fix');
    expect(code).to.equal(2);
    expect(stderr).to.include('--fix');
  });
});

describe('what doctor knows of machines', () => {
  it('a port that is silent, and one that begins an answer and never ends it: neither is the workshop’s', async () => {
    const begun: string[] = [];
    const listen = (name: string, answer: (res: http.ServerResponse) => void) =>
      listenOnLoopback(
        (_, res) => {
          begun.push(name);
          answer(res);
        },
        { port: 0, party: 'A test', setting: '' },
      );
    const others = await Promise.all([
      listen('silent', () => {}),
      listen('unended', (res) => res.write('<title>Call Your')),
    ]);
    const ports = others.map(({ port }) => port);
    try {
      const patience = { begin: 500, rest: 200 };
      expect([...(await workshopPorts(ports, patience))]).to.deep.equal([]);
      expect(begun).to.have.members(['silent', 'unended']);
    } finally {
      await Promise.all(others.map((one) => one.close()));
    }
  });

  it('folders in which it goes wrong', () => {
    const id = (root: string) => place(root).map((one) => one.id);
    expect(id('/home/änn/my workshop')).to.deep.equal(['place']);
    expect(id('/Users/ann/Library/Mobile Documents/w')).to.deep.equal(['synced-folder']);
    expect(id('C:\\Users\\ann\\OneDrive\\w')).to.deep.equal(['synced-folder']);
    expect(id('/w/node_modules/call-your-api')).to.deep.equal(['inside-node-modules']);
    expect(id('/w/50%/call')).to.deep.equal(['odd-path']);
  });

  it('proxies that would be asked for this machine', () => {
    const ids = (env: Record<string, string>) => environment(env).map(({ id, level }) => `${id} ${level}`);
    const HTTP_PROXY = 'http://proxy.example:3128';
    expect(ids({})).to.deep.equal(['environment ok']);
    expect(ids({ HTTP_PROXY })).to.deep.equal(['proxy warning']);
    expect(ids({ HTTP_PROXY, NO_PROXY: 'localhost,127.0.0.1' })).to.deep.equal(['environment ok']);
    expect(ids({ http_proxy: HTTP_PROXY, NODE_USE_ENV_PROXY: '1' })).to.deep.equal(['proxy wrong']);
    expect(ids({ NODE_ENV: 'production' })).to.deep.equal(['node-env warning']);
  });

  it('a localhost that has no address, or that of another machine', async () => {
    const means = async (...addresses: string[]) =>
      (await localhost(async () => addresses.map((address) => ({ address, family: 4 })))).map(({ id }) => id);
    expect(await means()).to.deep.equal(['localhost']);
    expect((await localhost(async () => []))[0]?.level).to.equal('wrong');
    expect((await localhost(async () => [{ address: '10.0.0.1', family: 4 }]))[0]?.seen).to.include(
      '10.0.0.1',
    );
  });

  it('packages that are missing, or others than the lock file’s', () => {
    const { folder: root, remove: away } = temporaryFolder();
    const write = (file: string, value: unknown) => {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), JSON.stringify(value));
    };
    const ids = () => packages(root).map(({ id }) => id);
    const one = { version: '1.0.0' };
    try {
      expect(ids()).to.deep.equal(['not-installed']);
      fs.mkdirSync(path.join(root, 'node_modules'));
      expect(ids()).to.deep.equal(['not-installed']);
      write('node_modules/.package-lock.json', { packages: {} });
      expect(ids()).to.deep.equal(['no-lock']);
      write('package-lock.json', {
        packages: {
          '': {},
          'node_modules/a': one,
          'node_modules/b': one,
          'node_modules/d': { version: '1.0.0', dev: true },
          'node_modules/o': { optional: true },
        },
      });
      write('node_modules/.package-lock.json', { packages: { 'node_modules/a': one } });
      write('node_modules/a/package.json', {});
      expect(ids()).to.deep.equal(['packages-missing']);
      write('node_modules/b/package.json', {});
      write('node_modules/.package-lock.json', {
        packages: { 'node_modules/a': one, 'node_modules/b': { version: '2.0.0' } },
      });
      expect(packages(root).map(({ id, level }) => `${id} ${level}`)).to.deep.equal([
        'dev-packages-missing warning',
        'packages-differ wrong',
      ]);
      fs.rmSync(path.join(root, 'node_modules/a'), { recursive: true });
      expect(ids()).to.include('packages-missing');
    } finally {
      away();
    }
  });
});
