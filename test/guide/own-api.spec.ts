import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { materialise } from '../../shared/steps/layers';
import { until } from '../support/until';
import { RunningWorkshop } from './guide';

describe('npm start with an API of the learner', () => {
  const workshop = new RunningWorkshop('own-api');
  const { learner } = workshop;
  after(() => workshop.close());
  const api = () => workshop.settings().API_URL ?? '';
  const lines = (words: string) => workshop.stderr().split(words).length - 1;

  it('runs it at the API’s address, restarts what was saved, and shows why it does not run', async () => {
    await learner.run('start', '6');
    materialise(6, learner.app);
    await workshop.open();
    expect((await fetch(`${api()}/appointments`)).status).to.equal(401);
    const page = await workshop.get('/steps/06-protect-your-api');
    for (const id of ['app-state', 'app-panel', 'api-state', 'api-panel'])
      expect(page.body, id).to.include(`id="${id}"`);

    const server = learner.read('api/server.ts');
    const printed = server.replace('async function main(): Promise<void> {', '$& console.error("SAVED");');
    const apps = lines('app     The app is at');
    learner.write('api/server.ts', printed);
    await until(() => lines('api     SAVED') === 1 && lines('api     The API is at') === 2);
    expect((await fetch(`${api()}/appointments`)).status).to.equal(401);
    expect(lines('app     The app is at'), 'starts of the app').to.equal(apps);

    const apis = lines('api     The API is at');
    learner.write('app.ts', `${learner.read('app.ts')}\n`);
    await until(() => lines('app     The app is at') === apps + 1);
    expect(lines('api     The API is at'), 'starts of the API').to.equal(apis);

    learner.write('api/server.ts', `throw new Error('broken today');\n${server}`);
    await until(() => lines('api     the API ended') === 1);
    const refused = await fetch(`${api()}/appointments`);
    expect([refused.status, refused.headers.get('content-type')]).to.deep.equal([
      503,
      'application/problem+json',
    ]);
    expect(await refused.text()).to.include('my-app/api');
    expect((await workshop.get('/api')).body)
      .to.include('Your API has stopped')
      .and.include('broken today')
      .and.include('api/server.ts');

    fs.writeFileSync(path.join(learner.app, 'api/server.ts'), server);
    await until(() => lines('api     The API is at') === apis + 1);
    expect((await workshop.post('/api/restart')).status).to.equal(200);
    await until(() => lines('api     The API is at') === apis + 2);
    // It says where it is before the workshop has found it there.
    while (!(await workshop.get('/api')).body.includes('Your API runs'));
  });

  it('serves the workshop’s own again when the learner moves to a step without one', async () => {
    await learner.run('start', '5');
    fs.rmSync(path.join(learner.app, 'api'), { recursive: true, force: true });
    for (;;) {
      const { status, body } = await workshop.get('/steps/05-attributes-and-roles');
      expect(status).to.equal(200);
      if (!body.includes('id="api-state"')) break;
    }
    expect((await fetch(`${api()}/appointments`)).status).to.equal(401);
    expect((await workshop.get('/api')).status).to.equal(404);
    expect(lines('api     the API ended'), 'ends that are reported').to.equal(1);
  });
});
