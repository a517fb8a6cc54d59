import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startOwnApi } from '../../shared/app-runner/start-app';
import { Loop } from '../../shared/checks/loop';
import { TestEnvironment } from '../../shared/checks/test-environment';
import { findStep, readApp, workFolder } from '../../shared/steps/layers';

const HOUR = 3_600_000;

/** An API of a few lines: says what it gets, and asks the tenant in both ways that packages use. */
const SERVER = `import http from 'node:http';
const { env } = process;
const settings = Object.keys(env).filter((name) => /WORKSHOP|CLIENT|SECRET|_URL$|AUDIENCE/.test(name));
const get = (url: string) => new Promise((resolve) => http.get(url, (res) => res.resume().on('end', () => resolve(res.statusCode))));
http.createServer(async (req, res) => {
  const { rawHeaders, url } = req;
  const jwks = env.ISSUER_BASE_URL + '.well-known/jwks.json';
  const asked: unknown[] = [];
  if (url === '/keys') asked.push((await fetch(jwks)).status, await get(jwks));
  if (url === '/down') asked.push(await fetch(jwks).then(({ status }) => status, () => 'no answer'));
  if (url === '/end') process.exit(7);
  if (url === '/loop') for (;;);
  res.end(JSON.stringify({ settings, rawHeaders, asked, now: Date.now(), pid: process.pid }));
}).listen(env.PORT, '127.0.0.1');
`;

describe('the learner’s API, checked in place of the workshop’s', () => {
  fs.mkdirSync(workFolder(), { recursive: true });
  const folder = fs.mkdtempSync(path.join(workFolder(), 'own-api-'));
  const file = path.join(folder, 'api', 'server.ts');
  const open: TestEnvironment[] = [];
  const begun = async (server: string | undefined) => {
    fs.rmSync(path.dirname(file), { recursive: true, force: true });
    if (server !== undefined) {
      fs.mkdirSync(path.dirname(file));
      fs.writeFileSync(file, server);
    }
    const on = new TestEnvironment({ step: 6, appFolder: folder });
    open.push(on);
    await on.open();
    return on;
  };
  const ask = async (on: TestEnvironment, at: string) => (await on.ask(at)).json as Record<string, unknown>;

  before(() => {
    fs.writeFileSync(path.join(folder, 'tenant.yaml'), readApp(1).get('tenant.yaml') ?? '');
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('gets the settings of an API only, and a request as it was written; the app does not start', async () => {
    const on = await begun(SERVER);
    const request = { headers: [['X-Twice', '1'] as const, ['x-TWICE', '2'] as const], token: 'a.b.c' };
    const answer = (await on.ask('/', request)).json as Record<string, unknown>;
    // The environment of the tests has settings of its own.
    const given = (answer.settings as string[]).filter((name) => !(name in process.env));
    expect(given).to.have.members(['ISSUER_BASE_URL', 'AUDIENCE']);
    const host = new URL(on.api.origin).host;
    expect((answer.rawHeaders as string[]).slice(0, 8)).to.deep.equal([
      ...['Host', host, 'Authorization', 'Bearer a.b.c', 'X-Twice', '1', 'x-TWICE', '2'],
    ]);
    expect(on.startedApp).to.equal(false);
  });

  it('is the sender of what it asks the tenant, in a recording that has no header of ours', async () => {
    const on = await begun(SERVER);
    expect((await ask(on, '/keys')).asked).to.deep.equal([200, 200]);
    const { messages } = on.recorder;
    expect(messages.map(({ from, to, url }) => `${from} ${to} ${url.pathname}`)).to.deep.equal([
      'browser api /keys',
      'api tenant /.well-known/jwks.json',
      'api tenant /.well-known/jwks.json',
    ]);
    expect(JSON.stringify(messages.map(({ requestHeaders }) => requestHeaders))).not.to.match(/workshop/i);
  });

  it('shares the clock of a run, also in a second process, which can start while the tenant is down', async () => {
    const on = await begun(SERVER);
    const isAhead = async (hours: number) => {
      const late = Number((await ask(on, '/')).now) - Date.now() - hours * HOUR;
      return Math.abs(late) < HOUR / 2;
    };
    const first = await ask(on, '/');
    await on.pass(HOUR);
    expect(await isAhead(1)).to.equal(true);
    const second = await on.withAnotherApi(
      async () => {
        expect(await isAhead(1)).to.equal(true);
        await on.pass(HOUR);
        expect(await isAhead(2)).to.equal(true);
        expect((await ask(on, '/down')).asked).to.deep.equal(['no answer']);
        on.tenantFaults.clear();
        expect((await ask(on, '/down')).asked).to.deep.equal([200]);
        return ask(on, '/');
      },
      { tenantDown: true },
    );
    expect(await isAhead(2)).to.equal(true);
    expect((await ask(on, '/')).pid)
      .to.equal(first.pid)
      .and.not.equal(second.pid);
  });

  it('that is missing, does not start or ends is a finding with a place in the folder api', async () => {
    const finding = async (server: string | undefined) => (await begun(server)).apiTrouble;
    expect(await finding(undefined)).to.include({ id: 'api-missing' });
    const thrown = await finding(`\nnull!.x;\n`.replace('null', '(null as any)'));
    expect(thrown).to.include({ id: 'api-crashed' });
    expect(thrown?.seen).to.match(/^the API ended .*, at api\/server\.ts:2$/);
    const elsewhere = await finding(
      `require('node:http').createServer().listen(0, '127.0.0.1');\nsetInterval(() => {}, 1000);`,
    );
    expect(elsewhere).to.include({ id: 'api-wrong-port' });
    expect(elsewhere?.next).not.to.include('config');

    const on = await begun(SERVER);
    expect(on.apiTrouble).to.equal(undefined);
    expect((await on.ask('/end')).status).to.equal(503);
    await on.settle();
    expect(on.apiTrouble).to.include({ id: 'api-crashed' });
    expect(on.apiTrouble?.seen).to.include('exit code 7');
    await on.withAnotherApi(async () => expect((await on.ask('/')).status).to.equal(200));
    const { message } = await on
      .withAnotherApi(() => on.ask('/end'))
      .then(
        () => expect.fail('its end was not noticed'),
        (error: Error) => error,
      );
    expect(message).to.include('the API ended with exit code 7');
  });

  it('fails each check of it by one finding; and every round has a new process', async () => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'throw new Error("not today");\n');
    const loop = new Loop(findStep('6'), folder);
    try {
      await loop.open();
      const results = (await loop.run()) ?? [];
      expect(results).to.have.length.above(5);
      expect([...new Set(results.map(({ diagnosis }) => diagnosis?.id))]).to.deep.equal(['api-crashed']);
      expect(loop.trouble).to.include({ id: 'api-crashed' });
      fs.writeFileSync(file, SERVER);
      const only = results.slice(0, 1).map(({ id }) => id);
      for (let round = 0; round < 2; round++) {
        const [again] = (await loop.run({ only })) ?? [];
        expect(again?.diagnosis?.id)
          .to.be.a('string')
          .and.not.match(/^api-(crashed|missing)$/);
        expect(loop.trouble).to.equal(undefined);
      }
    } finally {
      await loop.close();
    }
  });

  it('that runs elsewhere is asked at its address', async () => {
    fs.writeFileSync(file, SERVER);
    const api = await startOwnApi(folder, { env: {} });
    const config = path.join(folder, 'tenant.yaml');
    const on = new TestEnvironment({ step: 6, apiUrl: api.origin, config });
    open.push(on);
    try {
      await on.open();
      expect((await ask(on, '/')).pid).to.equal(api.child.pid);
      expect(on.startedApi).to.equal(false);
      const refused = await on.withAnotherApi(async () => {}).catch((error: Error) => error.name);
      expect(refused).to.equal('NotApplicable');
    } finally {
      await api.close();
    }
  });
});
