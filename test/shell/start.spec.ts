import { expect } from 'chai';
import { Browser, text } from '../../shared/browser';
import { listenOnLoopback } from '../../shared/party/listen';
import { type Command, command, statusAt } from '../support/command';
import { ANN, BOB } from '../support/workshop';

const FREE = ['--tenant-port', '0', '--api-port', '0', '--app-port', '0'];

describe('npm start', () => {
  let one: Command | undefined;
  afterEach(() => one?.stop('SIGKILL'));
  const start = (args: string[]) => {
    one = command('shared/workshop/start.ts', args);
    return one;
  };
  const origins = (table: string) =>
    Object.fromEntries(
      [...table.matchAll(/^ {2}(App|Tenant|API) .*?http:\/\/localhost:(\d+)/gm)].map((m) => [m[1], m[2]]),
    );

  it('prints one table, runs an app one can log in to, and leaves nothing behind on SIGTERM', async () => {
    const workshop = start(FREE);
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
    expect(await workshop.stop('SIGTERM')).to.equal(0);
    for (const port of Object.values<string>(ports))
      expect(await statusAt('127.0.0.1', port)).to.equal(undefined);
    expect(workshop.stderr()).not.to.match(/deprecat|experimental|warning/i);
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
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      } finally {
        await other.close();
      }
    });
  }
});
