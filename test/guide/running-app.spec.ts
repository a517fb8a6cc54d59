import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { prewarmForStart } from '../../shared/app-runner/prewarm';
import type { AppProcess } from '../../shared/app-runner/start-app';
import { RunningApp } from '../../shared/guide/running-app';
import { workFolder } from '../../shared/steps/layers';
import { until } from '../support/until';

/** Answers with whether its process has waited for it, and what it sees of the workshop's settings. */
const SERVER = `import http from 'node:http';
const waited = Object.keys(require.cache).some((file) => /app-runner.prewarmed-main\\.ts$/.test(file));
const answer = () => JSON.stringify({ waited, wire: process.env.WORKSHOP_WIRE ?? null, mine: process.env.MINE });
http.createServer((_req, res) => res.end(answer())).listen(process.env.PORT);
`;

describe('the app that npm start runs', () => {
  fs.mkdirSync(workFolder(), { recursive: true });
  const folders = fs.mkdtempSync(path.join(workFolder(), 'running-'));
  const running: RunningApp[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });
  after(() => fs.rmSync(folders, { recursive: true, force: true }));

  const folder = (name: string) => {
    const at = path.join(folders, name);
    fs.mkdirSync(at, { recursive: true });
    fs.writeFileSync(path.join(at, 'server.ts'), SERVER);
    return at;
  };
  const runningApp = (at: string, prewarmedOf: string) => {
    const app = new RunningApp(at, {
      port: 0,
      setting: 'none',
      env: () => ({ MINE: 'yes' }),
      prewarmed: prewarmForStart(2, prewarmedOf),
    });
    running.push(app);
    return app;
  };
  const answer = async (app: RunningApp) => (await fetch(app.state.origin)).json();

  it('begins in the process that waits for it, and reports its messages', async () => {
    const at = folder('one');
    const app = runningApp(at, at);
    const wires: unknown[] = [];
    app.on('process', ({ child }: AppProcess) =>
      child.on('message', (words) => wires.push(...Object.keys(words as object))),
    );
    await app.start();
    expect(await answer(app)).to.deep.equal({ waited: true, wire: null, mine: 'yes' });
    await until(() => wires.includes('wire'));
  });

  it('begins in a process of its own at each further start, and in another folder', async () => {
    const at = folder('two');
    const app = runningApp(at, at);
    await app.start();
    await app.start();
    expect(await answer(app)).to.include({ waited: false });
    const moved = runningApp(folder('three'), at);
    await moved.start();
    expect(await answer(moved)).to.include({ waited: false });
  });

  it('is not given up while it does not listen: it is reported, waited for, and can be restarted', async () => {
    const at = folder('slow');
    const sign = path.join(at, 'sign');
    const wait = `const begin = () => http.createServer((_req, res) => res.end('{}')).listen(process.env.PORT);
const look = setInterval(() => { if (fs.existsSync('sign')) { clearInterval(look); begin(); } }, 20);\n`;
    fs.writeFileSync(
      path.join(at, 'server.ts'),
      `import fs from 'node:fs';\nimport http from 'node:http';\n${wait}`,
    );
    const app = new RunningApp(at, { port: 0, setting: 'none', env: () => ({}), patience: 300 });
    running.push(app);
    const found: string[] = [];
    app.on('state', ({ state, finding }) => found.push(`${state} ${finding?.id ?? ''}`));
    // It returns, so that npm start can print its table.
    await app.start();
    expect(app.state.state).to.equal('starting');
    expect(app.state.finding?.id).to.match(/^app-(hangs|slow)$/);
    fs.writeFileSync(sign, '');
    await until(() => app.state.state === 'running');
    expect(app.state.finding).to.equal(undefined);
    expect(await answer(app)).to.deep.equal({});
    expect(found.some((one) => one.startsWith('ended'))).to.equal(false);

    fs.rmSync(sign);
    await app.start();
    expect(app.state.state).to.equal('starting');
    // The start that does not end is no obstacle to the next one.
    fs.writeFileSync(path.join(at, 'server.ts'), SERVER);
    await app.start();
    await until(() => app.state.state === 'running');
  });

  it('begins although a file beside it cannot be read', async () => {
    const at = folder('four');
    fs.mkdirSync(path.join(at, 'odd.ts'));
    fs.writeFileSync(path.join(at, 'broken.ts'), 'const = ;\n');
    if (process.platform !== 'win32') fs.symlinkSync(path.join(at, 'gone'), path.join(at, 'link.ts'));
    const app = runningApp(at, at);
    await app.start();
    expect(await answer(app)).to.include({ waited: true });
  });
});
