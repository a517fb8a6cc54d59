import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startApi } from '../../shared/api';
import { findPort } from '../../shared/app-runner/start-app';
import { Browser } from '../../shared/browser';
import { materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, materialise, ROOT } from '../../shared/steps/layers';
import { startTenant } from '../../shared/tenant';
import type { Lock } from '../../shared/workshop/export/lock';
import { command, statusAt } from '../support/command';
import { npm } from '../support/npm';
import { ANN, temporaryFolder, USERS } from '../support/workshop';

const { folder: OUTSIDE, remove } = temporaryFolder();
const WORK = path.join(ROOT, '.workshop', `test-export-${process.pid}`);
const APP = path.join(WORK, 'my-app');
const DIR = path.join(OUTSIDE, 'My App ü');

const workshop = (args: string[], app = APP) =>
  command('shared/workshop/main.ts', ['export', ...args], { env: { WORKSHOP_DIR: WORK, MY_APP: app } }).ended;

const read = (file: string) => fs.readFileSync(path.join(DIR, file), 'utf8');

/** Runs a script of an exported project as npm does, without anything of this process's environment. */
function runScript(folder: string, name: string) {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const [, ...args] = scripts[name].split(' ');
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (text) => {
    words += text;
  });
  const ended = once(child, 'exit');
  return {
    untilAnswers: async (port: number) => {
      while ((await statusAt('127.0.0.1', port)) === undefined) expect(child.exitCode, words).to.equal(null);
    },
    end: async () => {
      child.kill();
      await ended;
    },
  };
}

describe('export: the app as a project of its own', () => {
  before(async () => {
    fs.mkdirSync(WORK, { recursive: true });
    materialise(4, APP);
    fs.writeFileSync(path.join(APP, '.env'), 'CLIENT_SECRET=do-not-copy-me\n');
    for (const left of ['node_modules/left/index.js', '.git/config']) {
      fs.mkdirSync(path.dirname(path.join(APP, left)), { recursive: true });
      fs.writeFileSync(path.join(APP, left), 'x');
    }
    fs.symlinkSync('session.ts', path.join(APP, 'linked.ts'));
    const { code, stdout, stderr } = await workshop([DIR]);
    expect(code, stderr).to.equal(0);
    expect(stdout).to.include('npm ci').and.include('npm start');
  });
  after(() => {
    fs.rmSync(WORK, { recursive: true, force: true });
    remove();
  });

  it('has the app’s files, and neither secrets nor what was installed nor markers', () => {
    const files = fs.readdirSync(DIR, { recursive: true }).map(String);
    const papers = [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      '.env.example',
      '.gitignore',
      'README.md',
      'env.js',
      path.join('test', 'app.spec.ts'),
    ];
    expect(files).to.include.members([...papers, 'server.ts', 'tenant.yaml', 'views', 'linked.ts']);
    for (const one of ['.env', 'node_modules', '.git']) expect(files).to.not.include(one);
    expect(fs.lstatSync(path.join(DIR, 'linked.ts')).isFile()).to.equal(true);
    const all = files
      .filter((file) => fs.statSync(path.join(DIR, file)).isFile())
      .map(read)
      .join('\n');
    expect(all).to.not.match(/(BEGIN|END) SOLUTION|STUB|do-not-copy-me/);
    expect(all).to.not.include(ROOT);
    expect(read('.gitignore')).to.match(/^\.env$/m);
  });

  it('asks for what the app imports, in the versions that run here, and for nothing else', async () => {
    const { dependencies, devDependencies, engines, scripts } = JSON.parse(read('package.json'));
    expect(Object.keys(dependencies)).to.deep.equal([
      '@swc/core',
      'express',
      'express-session',
      'helmet',
      'openid-client',
      'pug',
      'ts-node',
      'typescript',
    ]);
    const here = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
    for (const [name, range] of Object.entries(dependencies))
      expect(range, name).to.equal(`^${here.packages[`node_modules/${name}`]?.version}`);
    expect(engines.node).to.match(/\d/);
    expect(scripts).to.have.keys('start', 'test', 'typecheck');
    expect(Object.keys(devDependencies)).to.deep.equal([
      ...['@types/express', '@types/express-session', '@types/mocha', '@types/node', '@types/pug'],
      ...['@types/supertest', 'mocha', 'supertest'],
    ]);
    // npm refuses a lock file that does not fit package.json.
    const dry = await npm(['ci', '--dry-run', '--offline'], { cwd: DIR });
    expect(dry.code, dry.stderr).to.equal(0);
  });

  it('installs, typechecks, starts outside of the repository and logs a user in', async () => {
    const lock = JSON.parse(read('package-lock.json')) as Lock;
    for (const at of Object.keys(lock.packages).filter((one) => one !== '')) link(at);
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], { cwd: DIR });
    const [, ...mocha] = JSON.parse(read('package.json')).scripts.test.split(' ');
    const tested = execFileSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...mocha], {
      cwd: DIR,
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
    expect(tested).to.match(/^ *4 passing/m);
    // Without .env the app names what it needs.
    const [, ...start] = JSON.parse(read('package.json')).scripts.start.split(' ');
    const bare = spawnSync(process.execPath, start, {
      cwd: DIR,
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    });
    expect(bare.stderr).to.match(/^The app cannot start\. Set these [\s\S]* - CLIENT_SECRET is missing\n/);
    expect(bare.status).to.equal(1);

    const port = await findPort(0, 'a free one');
    const origin = `http://localhost:${port}`;
    const config = path.join(OUTSIDE, 'tenant.yaml');
    fs.writeFileSync(config, read('tenant.yaml').replaceAll('http://localhost:3000', origin));
    const tenant = await startTenant({ config, users: USERS, data: path.join(OUTSIDE, 'data'), env: {} });
    const settings = tenant.settings();
    const api = await startApi({ issuer: new URL(tenant.issuer), audience: settings.AUDIENCE ?? '' });
    const values: Record<string, string> = {
      ...settings,
      API_URL: api.origin,
      SESSION_SECRET: 'x'.repeat(32),
      BASE_URL: origin,
      PORT: String(port),
    };
    // As its README says: .env.example copied and filled in.
    const example = read('.env.example').replace(
      /^(\w+)=.*$/gm,
      (line, name) => `${name}=${values[name] ?? line.split('=')[1]}`,
    );
    fs.writeFileSync(path.join(DIR, '.env'), example);
    const running = runScript(DIR, 'start');
    const browser = new Browser();
    try {
      await running.untilAnswers(port);
      const page = await browser.logIn(await browser.get(`${origin}/login?returnTo=/profile`), ANN);
      expect(page.url.href).to.equal(`${origin}/profile`);
      expect(page.body).to.include(ANN.email);
      expect((await browser.get(`${origin}/appointments`)).status).to.equal(200);
    } finally {
      browser.close();
      await running.end();
      await api.close();
      await tenant.close();
    }
  });

  it('says in README.md how roles and the Action of step 05 reach a real tenant', async () => {
    const fifth = path.join(WORK, 'fifth');
    materialise(5, fifth);
    const target = path.join(OUTSIDE, 'fifth');
    expect((await workshop([target], fifth)).code).to.equal(0);
    const text = fs.readFileSync(path.join(target, 'README.md'), 'utf8');
    expect(text)
      .to.include('npm run -s tenant -- --config')
      .and.include('### Roles and the Action')
      .and.include('actions/add-attributes.js')
      .and.include('Enable RBAC');
    expect(read('README.md')).not.to.include('Roles and the Action');
  });

  it('has a script for the API of step 06, which listens where the app looks for it', async () => {
    const sixth = path.join(WORK, 'sixth');
    materialise(6, sixth);
    const target = path.join(OUTSIDE, 'sixth');
    expect((await workshop([target], sixth)).code).to.equal(0);
    const text = (file: string) => fs.readFileSync(path.join(target, file), 'utf8');
    expect(text('README.md'))
      .to.match(/^npm run api$/m)
      .and.not.include('npm run -s api');
    const { dependencies } = JSON.parse(text('package.json'));
    expect(dependencies).to.include.keys('jose', 'express');
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(target, 'node_modules'), 'junction');
    const port = await findPort(0, 'a free one');
    const settings = ['ISSUER_BASE_URL=http://localhost:9/', 'AUDIENCE=https://api.example', 'PORT=3000'];
    fs.writeFileSync(path.join(target, '.env'), [...settings, `API_URL=http://localhost:${port}`].join('\n'));
    const running = runScript(target, 'api');
    try {
      await running.untilAnswers(port);
      expect((await fetch(`http://localhost:${port}/appointments`)).status).to.equal(401);
    } finally {
      await running.end();
    }
  });

  it('gives an app without createApp no tests, which it could not run', async () => {
    const single = path.join(WORK, 'single');
    materialiseAlternative(findStep('4'), 'one-file', single);
    const { code, stdout, stderr } = await workshop([path.join(OUTSIDE, 'single'), '--json'], single);
    expect(code, stderr).to.equal(0);
    const { files, devDependencies } = JSON.parse(stdout);
    expect(files).to.include('README.md').and.not.include('test/app.spec.ts');
    expect(devDependencies).not.to.have.property('supertest');
  });

  it('writes nothing where something is, or where the workshop lives: exit code 2', async () => {
    const file = path.join(OUTSIDE, 'a-file');
    const full = path.join(OUTSIDE, 'full');
    fs.writeFileSync(file, 'mine');
    fs.mkdirSync(full);
    fs.writeFileSync(path.join(full, 'mine.txt'), 'mine');
    fs.symlinkSync(ROOT, path.join(OUTSIDE, 'link'));
    const cases: [string[], RegExp][] = [
      [[full], /not empty \(mine\.txt\)/],
      [[file], /is a file/],
      [[path.join(ROOT, 'exported')], /inside the workshop/],
      [[path.join(APP, 'exported')], /inside the workshop/],
      [[path.join(OUTSIDE, 'link', 'exported')], /inside the workshop/],
      [[], /missing required argument 'dir'/],
      [[DIR, 'more'], /too many arguments/],
      [[path.join(OUTSIDE, 'new'), '--zip'], /--zip/],
    ];
    const ends = await Promise.all(cases.map(([args]) => workshop(args)));
    for (const [i, { code, stderr }] of ends.entries()) {
      expect(stderr).to.match(cases[i]?.[1] ?? /^$/);
      expect(code).to.equal(2);
    }
    expect(fs.readdirSync(full)).to.deep.equal(['mine.txt']);
    expect(fs.readFileSync(file, 'utf8')).to.equal('mine');
    expect(fs.existsSync(path.join(ROOT, 'exported'))).to.equal(false);
    const none = await workshop([path.join(OUTSIDE, 'new')], path.join(WORK, 'none'));
    expect(none.stderr).to.include('npm run workshop start');
    expect(none.code).to.equal(2);
  });

  it('says what must be fixed first: links that lead away, conflict markers, packages that nobody installed', async () => {
    const other = path.join(WORK, 'other');
    const target = path.join(OUTSIDE, 'new');
    materialise(2, other);
    fs.symlinkSync(path.join(ROOT, 'package.json'), path.join(other, 'away.json'));
    fs.symlinkSync('nowhere', path.join(other, 'broken.ts'));
    fs.writeFileSync(path.join(other, 'merged.ts'), 'a\n<<<<<<< mine\nb\n=======\nc\n>>>>>>> step\n');
    const first = await workshop([target], other);
    expect(first.code).to.equal(2);
    for (const one of ['away.json is a symbolic link', 'broken.ts is a symbolic link', 'merged.ts:2'])
      expect(first.stderr).to.include(one);
    for (const one of ['away.json', 'broken.ts', 'merged.ts']) fs.rmSync(path.join(other, one));

    fs.writeFileSync(
      path.join(other, 'extra.ts'),
      "import x from 'no-such-package/deep';\nexport default x;\n",
    );
    const second = await workshop([target], other);
    expect(second.code).to.equal(2);
    expect(second.stderr).to.include('the app imports no-such-package,');
    expect(fs.existsSync(target)).to.equal(false);

    // What the learner installed in the app itself is asked for too; npm then chooses what it needs.
    const installed = path.join(other, 'node_modules', 'no-such-package');
    fs.mkdirSync(installed, { recursive: true });
    fs.writeFileSync(path.join(installed, 'package.json'), '{"version":"1.2.3"}');
    fs.writeFileSync(path.join(other, 'README.md'), 'mine');
    const third = await workshop([target, '--json'], other);
    expect(third.code, third.stderr).to.equal(0);
    const done = JSON.parse(third.stdout);
    expect(done.dependencies['no-such-package']).to.equal('^1.2.3');
    expect(done.kept).to.deep.equal(['README.md']);
    expect(done.files).to.not.include('package-lock.json');
    expect(fs.readFileSync(path.join(target, 'README.md'), 'utf8')).to.equal('mine');
  });
});

/** What `npm ci` would put there: one package of the lock file, without what it needs. */
function link(at: string): void {
  const from = path.join(ROOT, at);
  if (!fs.existsSync(from)) return;
  const copy = (one: string, to: string) => {
    fs.mkdirSync(to, { recursive: true });
    for (const entry of fs.readdirSync(one, { withFileTypes: true })) {
      if (entry.name === 'node_modules') continue;
      const [source, target] = [path.join(one, entry.name), path.join(to, entry.name)];
      if (entry.isDirectory()) copy(source, target);
      else if (entry.isFile()) linkOrCopy(source, target);
    }
  };
  copy(from, path.join(DIR, at));
}

/** Hard links are as good as copies, and quick; they do not reach to another disk. */
function linkOrCopy(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}
