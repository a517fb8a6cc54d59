import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { Browser, text } from '../../shared/browser';
import { listenOnLoopback } from '../../shared/lib/listen';
import { command, type Running, statusAt } from '../support/command';
import { inProcess } from '../support/in-process';
import { ANN, BOB, temporaryFolder } from '../support/workshop';

const PORTS = ['--guide-port', '0', '--tenant-port', '0', '--api-port', '0', '--app-port', '0'];

describe('npm start', () => {
  const { folder, remove } = temporaryFolder();
  const envFile = path.join(folder, '.env');
  const FREE = [...PORTS, '--env', envFile];
  after(remove);
  let one: Running | undefined;
  afterEach(() => one?.stop('SIGKILL'));
  const start = (args: string[], run: typeof inProcess = inProcess) => {
    one = run('shared/guide/main.ts', args);
    return one;
  };
  const origins = (table: string) =>
    Object.fromEntries(
      [...table.matchAll(/^ {2}(App|Tenant|API) .*?http:\/\/localhost:(\d+)/gm)].map((m) => [m[1], m[2]]),
    );

  it('prints one table, runs an app one can log in to, and leaves nothing behind when it ends', async () => {
    const workshop = start(FREE, command);
    await workshop.until(/Ctrl-C[\s\S]*\n\n/);
    const table = workshop.stdout();
    for (const { email, password } of [ANN, BOB]) expect(table).to.include(email).and.include(password);
    for (const line of table.split('\n')) expect(line.length, line).to.be.at.most(100);
    const ports = origins(table);
    expect(Object.keys(ports)).to.have.members(['App', 'Tenant', 'API']);
    const browser = new Browser();
    const app = `http://localhost:${ports.App}`;
    const page = await browser.logIn(await browser.get(`${app}/login?returnTo=/appointments`), ANN);
    await browser.close();
    expect(page.url.href).to.equal(`${app}/appointments`);
    expect({ status: page.status, text: text(page) }).to.deep.include({ status: 200 });
    // On Windows a signal ends a process without asking it.
    const code = await workshop.stop('SIGTERM');
    if (process.platform !== 'win32') expect(code).to.equal(0);
    for (const port of Object.values<string>(ports))
      expect(await statusAt('127.0.0.1', port)).to.equal(undefined);
    expect(workshop.stderr()).not.to.match(/deprecat|experimental|warning/i);
  });

  it('adds to .env what it lacks, never changes what stands there, and keeps it private', async () => {
    fs.rmSync(envFile, { force: true });
    const mine = '# mine\nCLIENT_SECRET=my-own-secret-of-another-day\nBASE_URL=http://localhost:9';
    fs.writeFileSync(envFile, mine);
    const workshop = start(FREE);
    await workshop.until(/Ctrl-C[\s\S]*\n\n/);
    const text = fs.readFileSync(envFile, 'utf8');
    expect(text.startsWith(`${mine}\n`)).to.equal(true);
    const settings = parseEnv(text);
    expect(settings).to.include({ CLIENT_SECRET: 'my-own-secret-of-another-day', CLIENT_ID: 'DayPlanner' });
    expect(settings).to.include.keys('ISSUER_BASE_URL', 'AUDIENCE', 'API_URL', 'SESSION_SECRET');
    expect(workshop.stderr()).to.include('CLIENT_SECRET').and.not.to.include('my-own-secret');
    await workshop.stop();
    fs.rmSync(envFile);
    const again = start(FREE);
    await again.until(/Ctrl-C[\s\S]*\n\n/);
    if (process.platform !== 'win32') expect(fs.statSync(envFile).mode & 0o777).to.equal(0o600);
    await again.stop();
  });

  it('starts no tenant of its own when .env names a real one, and names what is missing for it', async () => {
    fs.writeFileSync(envFile, 'ISSUER_BASE_URL=https://example.eu.auth0.com\nCLIENT_ID=x\n');
    const { code, stderr } = await start(FREE).ended;
    expect(code).to.equal(2);
    expect(stderr).to.include('CLIENT_SECRET is missing').and.include('AUDIENCE is missing');
    fs.writeFileSync(
      envFile,
      'ISSUER_BASE_URL=https://example.eu.auth0.com\nCLIENT_ID=x\nCLIENT_SECRET=y\nAUDIENCE=https://a.example\n',
    );
    const workshop = start(FREE);
    await workshop.until(/Ctrl-C[\s\S]*\n\n/);
    expect(workshop.stdout()).to.include('https://example.eu.auth0.com/').and.include('your own tenant');
    expect(workshop.stderr()).not.to.match(/^tenant/m);
    await workshop.stop();
    fs.rmSync(envFile);
  });

  for (const [flag, setting] of [
    ['--app-port', 'APP_PORT'],
    ['--tenant-port', 'TENANT_PORT'],
    ['--api-port', 'API_PORT'],
  ] as const) {
    it(`says which port is taken and ends: ${flag}`, async () => {
      const other = await listenOnLoopback(() => {}, { port: 0, party: 'x', setting: 'x' });
      try {
        const { code, stdout, stderr } = await start([...FREE, flag, String(other.port)]).ended;
        expect(stderr).to.include(`port ${other.port}`).and.include(setting);
        // Where the system reports who listens there.
        expect(stderr).to.match(new RegExp(`(process ${process.pid}[,)]|another program)`));
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      } finally {
        await other.close();
      }
    });
  }
});
