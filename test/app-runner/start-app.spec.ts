import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { startApp } from '../../shared/app-runner/start-app';
import { listenOnLoopback } from '../../shared/lib/listen';
import { ROOT } from '../../shared/lib/places';
import { Recorder } from '../../shared/recorder';
import { listenToApp } from '../../shared/recorder/from-app';
import { workFolder } from '../../shared/steps/layers';

/** A folder below the repository, where ts-node is found, with one server.ts. */
function appOf(source: string): string {
  fs.mkdirSync(workFolder(), { recursive: true });
  const folder = fs.mkdtempSync(path.join(workFolder(), 'app-process-'));
  fs.writeFileSync(path.join(folder, 'server.ts'), source);
  return folder;
}

const failure = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it started'),
    (error: Error) => error,
  );

describe('an app as a process', () => {
  let folder: string;
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('may send its parent anything', async () => {
    folder =
      appOf(`for (const one of [null, 0, 'wire', [], { wire: null }, { listening: 'x' }, { threw: null }]) process.send?.(one);
    require('node:http').createServer((_: any, res: any) => res.end()).listen(process.env.PORT, '127.0.0.1');`);
    const app = await startApp(folder, { env: {} });
    const recorder = new Recorder();
    listenToApp(app.child, recorder);
    expect((await fetch(`http://127.0.0.1:${app.port}/`)).status).to.equal(200);
    await app.close();
    expect(recorder.messages).to.deep.equal([]);
  });

  it('is ready once it listens, gets its settings from the workshop only, and ends when closed', async () => {
    folder = appOf(`require('node:http').createServer((_: any, res: any) =>
      res.end(JSON.stringify([process.env.CLIENT_ID, process.env.AUDIENCE ?? null, process.env.BASE_URL])))
      .listen(process.env.PORT, '127.0.0.1');`);
    const before = process.env.AUDIENCE;
    process.env.AUDIENCE = 'of the shell';
    try {
      const app = await startApp(folder, { env: { CLIENT_ID: 'abc' } });
      const body = await (await fetch(`http://127.0.0.1:${app.port}/`)).json();
      expect(body).to.deep.equal(['abc', null, app.origin]);
      await app.close();
      await app.close();
      expect(app.child.signalCode ?? app.child.exitCode).not.to.equal(null);
    } finally {
      if (before === undefined) delete process.env.AUDIENCE;
      else process.env.AUDIENCE = before;
    }
  });

  const answering = `import http from 'node:http';
    const port: string | undefined = process.env.PORT;
    http.createServer((_, res) => void res.end('here')).listen(Number(port), '127.0.0.1');`;
  const tsconfigs = [
    ['without a tsconfig.json', undefined],
    ['with a tsconfig.json of its own', { compilerOptions: { module: 'nodenext', target: 'es2022' } }],
    [
      'with a tsconfig.json for modules of the browser',
      { compilerOptions: { module: 'esnext', moduleResolution: 'bundler' } },
    ],
  ] as const;
  for (const [title, tsconfig] of tsconfigs) {
    it(`starts outside of the repository, ${title}`, async () => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'call-your-api-app-'));
      fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
      fs.writeFileSync(path.join(folder, 'server.ts'), answering);
      if (tsconfig) fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
      const app = await startApp(folder, { env: {} });
      try {
        expect(await (await fetch(app.origin)).text()).to.equal('here');
        expect(app.events).to.deep.include({ listening: app.port });
      } finally {
        await app.close();
      }
    });
  }

  it('that ends at once is an error with its last words', async () => {
    folder = appOf(`console.error('CLIENT_ID is missing'); process.exit(1);`);
    const error = await failure(startApp(folder, { env: {} }));
    expect(error.name).to.equal('UserError');
    expect(error.message).to.match(/ended instead of listening:\nCLIENT_ID is missing/);
  });

  it('that never listens is an error that names the setting', async () => {
    folder = appOf('setInterval(() => {}, 1000);');
    const error = await failure(startApp(folder, { env: {}, patience: 300 }));
    expect(error.message).to.match(/does not listen on port \d+ \(setting PORT\)/);
  });

  for (const [what, until, starts] of [
    ['for a moment is not taken for it', 'setTimeout(() => process.exit(), 300)', false],
    ['to the end is taken for a process of its own', '{}', true],
  ] as const)
    it(`that does not listen while another program has its port: one that listens ${what}`, async () => {
      // It ends with the app, whose pipe it reads.
      const other = `process.stdin.on('end', () => process.exit()).resume();
        require('net').createServer().listen(process.env.PORT, '127.0.0.1', () => ${until})`;
      folder = appOf(`require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(other)}]);
        process.on('SIGTERM', () => process.exit());
        setInterval(() => {}, 1000);`);
      const started = startApp(folder, { env: {}, patience: 2500 });
      if (!starts) expect((await failure(started)).message).to.match(/does not listen on port/);
      else await (await started).close();
    });

  it('is given time while it loads its packages, and while Node itself does', async () => {
    folder = appOf(
      `require('./slow'); require('node:http').createServer().listen(process.env.PORT, '127.0.0.1');`,
    );
    const package_ = path.join(folder, 'node_modules/slow');
    fs.mkdirSync(package_, { recursive: true });
    fs.writeFileSync(
      path.join(package_, 'index.js'),
      'const end = Date.now() + 4000; while (Date.now() < end);',
    );
    fs.writeFileSync(path.join(folder, 'slow.ts'), `import 'slow';`);
    const app = await startApp(folder, { env: {}, patience: 2000 });
    await app.close();
  });

  it('is given time while it works and had hardly any processor time, as on a busy machine', async () => {
    folder = appOf(`const cell = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 300; i++) Atomics.wait(cell, 0, 0, 5);
    require('node:http').createServer().listen(process.env.PORT, '127.0.0.1');`);
    const app = await startApp(folder, { env: {}, patience: 800 });
    await app.close();
  });

  it('is not started, nor is the program that has its port taken for it', async () => {
    folder = appOf(`require('node:fs').writeFileSync('started', '');`);
    const other = await listenOnLoopback(() => {}, { port: 0, party: 'x', setting: 'x' });
    try {
      const error = await failure(startApp(folder, { port: other.port, env: {}, setting: '--app-port N' }));
      expect(error.name).to.equal('UserError');
      expect(error.message).to.include(`port ${other.port}`).and.include('--app-port N');
      expect(fs.existsSync(path.join(folder, 'started'))).to.equal(false);
    } finally {
      await other.close();
    }
  });
});
