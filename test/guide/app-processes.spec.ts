import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { workFolder } from '../../shared/lib/places';
import { materialise } from '../../shared/steps/layers';
import { patientBrowser } from '../support/patient-browser';
import { until } from '../support/until';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

/** Answers with its process and its settings. */
const PROBE = `import type { RequestHandler } from 'express';
const NAMES = ['BASE_URL', 'LOCK_SECONDS', 'SESSION_SECRET', 'STORE_KEYS', 'STORE_URL', 'WORKSHOP_SENDER'];
export const probe: RequestHandler = ({ headers: { host } }, res) => {
  const settings = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
  res.json({ pid: process.pid, port: process.env.PORT, host, settings });
};
`;

interface Probed {
  pid: number;
  port: string;
  host: string;
  settings: Record<string, string>;
}

describe('npm start with an app that has stores', () => {
  const workshop = new RunningWorkshop('processes');
  const { learner } = workshop;
  after(() => workshop.close());
  const probe = async (): Promise<Probed> => {
    const answer = await fetch(`${workshop.app}/probe`);
    expect(answer.status).to.equal(200);
    return (await answer.json()) as Probed;
  };
  /** How many processes answer four requests. */
  const answering = async () => {
    const all = [await probe(), await probe(), await probe(), await probe()];
    return new Set(all.map(({ pid }) => pid)).size;
  };
  const lines = (words: string) => workshop.stderr().split(words).length - 1;
  const started = (name: string) => lines(`${name.padEnd(6)}  The app is at`);
  const page = async (at: string) => (await workshop.get(at)).body;
  const shows = async (words: string) => {
    while (!(await page('/app')).includes(words));
  };
  const addProbe = () => {
    const created = '  const app = express();\n';
    const app = learner.read('app.ts');
    expect(app).to.include(created);
    learner.write('probe.ts', PROBE);
    const probed = app.replace(created, `${created}  app.get('/probe', probe);\n`);
    learner.write('app.ts', `import { probe } from './probe';\n${probed}`);
  };

  it('runs it as two processes in turn, with the same settings and one store', async () => {
    await learner.run('start', '7');
    materialise(7, learner.app);
    addProbe();
    await workshop.open({ LOCK_SECONDS: '7', REDIS_URL: '' });
    const [one, two, three] = [await probe(), await probe(), await probe()];
    expect(two.pid).not.to.equal(one.pid);
    expect(three.pid).to.equal(one.pid);
    expect(new Set([one.port, two.port, new URL(workshop.app).port]).size, 'ports').to.equal(3);
    expect(one.host).to.equal(new URL(workshop.app).host);
    const { SESSION_SECRET, STORE_KEYS, ...others } = workshop.settings();
    expect(one.settings).to.deep.equal({
      BASE_URL: workshop.app,
      LOCK_SECONDS: '7',
      SESSION_SECRET,
      STORE_KEYS,
      STORE_URL: `file:${path.join(workFolder(), 'store', 'app.db')}`,
    });
    expect(two.settings).to.deep.equal(one.settings);
    expect(STORE_KEYS).to.match(/^[0-9a-f]{64}$/);
    expect(others, '.env').not.to.have.property('STORE_URL');
  });

  it('names the process in each message of the app, on the wire and in the flow', async () => {
    const browser = patientBrowser();
    const start = `${workshop.app}/login?returnTo=/appointments`;
    const back = await browser.logIn(await browser.get(start), ANN);
    expect(back.url.href).to.equal(`${workshop.app}/appointments`);
    await browser.get(`${workshop.app}/appointments`);
    browser.close();

    const wire = await page('/wire?login=last');
    const rows = [...wire.matchAll(/<li class="row[\s\S]*?<\/li>/g)].map(([row]) =>
      row.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' '),
    );
    const ofApp = rows.filter((row) => /\bApp\b/.test(row.split(' channel ')[0] ?? ''));
    for (const row of ofApp) expect(row).to.match(/(to (App [12])|(App [12]) to).* (\2|\3) (GET|POST) /);
    for (const both of ['Browser to App 1', 'Browser to App 2', 'App 1 to API', 'App 2 to API'])
      expect(
        ofApp.filter((row) => row.includes(both)),
        `${both}:\n${ofApp.join('\n')}`,
      ).not.to.be.empty;
    const token = ofApp.find((row) => row.includes('/oauth/token')) ?? '';
    const callback = ofApp.find((row) => row.includes('/callback')) ?? '';
    expect(/App [12]/.exec(token)?.[0], 'the process of the callback').to.equal(
      /App [12]/.exec(callback)?.[0],
    );
    expect(await page(`/wire/${/\d+/.exec(token)?.[0]}`), 'the header').not.to.include('workshop-sender');
    expect(
      rows.filter((row) => /API to Tenant/.test(row)),
      'the API',
    ).not.to.be.empty;
    expect(await page('/wire/export.mmd?login=last')).to.match(
      /browser->>app: \d+ \(App [12]\) GET \/callback/,
    );
  });

  it('restarts both after a save, and a page that is requested just then waits', async () => {
    const before = [started('app 1'), started('app 2')];
    learner.write('app.ts', `${learner.read('app.ts')}\n`);
    await until(() => started('app 1') > (before[0] ?? 0) && started('app 2') > (before[1] ?? 0));
    await shows('action="/app/1/kill"');
    await shows('action="/app/2/kill"');
    const { pid } = await probe();
    const { port } = new URL(workshop.origin);
    const restarted = await fetch(`http://localhost:${port}/app/restart`, {
      method: 'POST',
      redirect: 'manual',
    });
    expect(restarted.status).to.equal(303);
    expect((await probe()).pid).not.to.equal(pid);
    await shows('action="/app/1/kill"');
    await shows('action="/app/2/kill"');
    expect(await answering()).to.equal(2);
  });

  it('shows both, continues with one when the other was killed, and starts that one again', async () => {
    const both = await page('/app');
    for (const id of ['app-log-1', 'app-log-2']) expect(both).to.include(`id="${id}"`);
    for (const n of [1, 2]) expect(both).to.include(`action="/app/${n}/kill"`);
    await workshop.post('/app/1/kill');
    const one = await page('/app');
    expect(one).to.include('app 1 was killed (SIGKILL)').and.include('1 of 2 runs');
    expect(one).to.include('Your app runs in 1 of 2 processes');
    expect(one).to.include('action="/app/1/restart"').and.include('action="/app/2/kill"');
    expect(lines('app 1   app 1 was killed')).to.equal(1);
    expect(await answering()).to.equal(1);
    await workshop.post('/app/1/restart');
    await shows('action="/app/1/kill"');
    expect(await answering()).to.equal(2);
    process.kill((await probe()).pid, 'SIGKILL');
    await until(() => lines('the app ended by the signal SIGKILL') === 1);
    expect(await page('/app'))
      .to.include('1 of 2 runs')
      .and.not.include('in the middle of the checks');
    expect(await answering()).to.equal(1);
    await workshop.post('/app/restart');
    await shows('action="/app/1/kill"');
    await shows('action="/app/2/kill"');
    expect((await workshop.post('/app/3/kill')).status).to.equal(404);
    expect((await workshop.post('/app/1/stop')).status).to.equal(404);
  });

  it('reports why each one does not run, and answers with a page that leads to the reasons', async () => {
    const server = learner.read('server.ts');
    learner.write('server.ts', `throw new Error('broken today');\n${server}`);
    await until(() => [1, 2].every((n) => lines(`app ${n}   the app ended with exit code`) === 1));
    const answer = await fetch(`${workshop.app}/probe`);
    expect(answer.status).to.equal(502);
    expect(await answer.text()).to.include(`href="${workshop.origin}/app"`);
    const shown = await page('/app');
    expect(shown).to.include('Your app has stopped');
    expect(shown.split('broken today').length - 1, 'findings and outputs').to.be.at.least(4);
    learner.write('server.ts', server);
    await shows('action="/app/1/kill"');
    await shows('action="/app/2/kill"');
    expect(await answering()).to.equal(2);
  });

  it('runs one process at its port when my-app moves to a step without stores, and two when it moves back', async () => {
    const toStep = async (step: number) => {
      await learner.run('start', String(step));
      for (const one of ['stores', 'store-config.ts', 'routes.ts', 'app.ts'])
        fs.rmSync(path.join(learner.app, one), { recursive: true, force: true });
      materialise(step, learner.app);
      addProbe();
    };
    // Each change restarts the app, so a request may meet its end.
    const settlesAt = async (processes: number) => {
      while ((await answering().catch(() => 0)) !== processes);
    };
    await toStep(6);
    while ((await page('/app')).includes('id="app-log-1"'));
    await settlesAt(1);
    const { port, settings } = await probe();
    expect(port).to.equal(new URL(workshop.app).port);
    expect(settings).not.to.have.any.keys('STORE_URL', 'STORE_KEYS');
    await toStep(7);
    await shows('id="app-log-1"');
    await settlesAt(2);
  });
});
