import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { findPort } from '../../shared/app-runner/start-app';
import { listSteps, ROOT, readApp } from '../../shared/steps/layers';
import { stepBranches } from '../../shared/workshop/branches';
import { withCertificates } from '../support/npm';
import { temporaryFolder } from '../support/workshop';

type Ended = { code: number | null; output: string };
interface Child {
  /** What it wrote once it matches; rejects with all it wrote when it ends before. */
  until(pattern: RegExp): Promise<string>;
  ended: Promise<Ended>;
  stop(): Promise<void>;
}

/** As at a shell in the branch: nothing of the settings of whoever runs the tests, but for where npm finds packages. */
function run(command: string, args: string[], cwd: string): Child {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(PORT|BASE_URL|AUDIENCE|ISSUER_BASE_URL|SESSION_SECRET|MY_APP|WORKSHOP_DIR|TS_NODE_.*|(CLIENT|TENANT|API|APP)_.*|npm_(?!config_(cache|registry|offline|userconfig|cafile)$).*)$/.test(
        name,
      ),
  );
  const env = Object.fromEntries(inherited);
  const asksRegistry = command === 'npm' && args[0] !== 'test';
  const child = spawn(command, args, {
    cwd,
    env: asksRegistry ? withCertificates(env) : env,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: command === 'npm',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return {
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(output) && resolve(output);
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
        look();
        ended.then(() => reject(new Error(`ended before ${pattern}:\n${output}`)));
      }),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

const NO_NETWORK =
  /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET/;

/**
 * npm ci, which without a network asks for hundreds of packages again and again, for two minutes. So one request notices that first, and
 * then npm's cache is all there is.
 *
 * @returns false without a network, when the cache lacks packages.
 */
async function installed(folder: string): Promise<boolean> {
  const ping = process.env.CI ? undefined : await run('npm', ['ping', ...AT_ONCE], folder).ended;
  const offline = ping !== undefined && ping.code !== 0 && NO_NETWORK.test(ping.output);
  const flags = ['--include=dev', offline ? '--offline' : '--prefer-offline', '--no-audit', '--no-fund'];
  const { code, output } = await run('npm', ['ci', ...flags], folder).ended;
  if (code !== 0 && !(offline && NO_NETWORK.test(output))) throw new Error(`npm ci failed:\n${output}`);
  return code === 0;
}

/** One try, of at most so many milliseconds. */
const AT_ONCE = ['--fetch-retries=0', '--fetch-timeout=5000'];

/** The hash that git gives to a file of this text. */
const blobOf = (text: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

/** The app says where it is just before it listens there, so the first try may be too early. */
async function answer(url: string): Promise<Response> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url).catch(() => undefined);
    if (response) return response;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return fetch(url);
}

/** With `npm test -- --branches`, and in CI, npm installs the packages. Elsewhere those of this folder are linked: the lock file is the same. */
const INSTALLS = process.env.ALL_BRANCHES !== undefined || process.env.CI !== undefined;
/** Which branches are checked out and run: the first and the last one, or all with `npm test -- --branches`. */
const runs = (name: string, all: readonly string[]): boolean =>
  process.env.ALL_BRANCHES !== undefined || name === all[0] || name === all.at(-1);
/** By name, before git has made them. */
const NAMES = listSteps().flatMap(({ id }) => [`step-${id}-start`, `step-${id}`]);

describe('a branch of a step, checked out', () => {
  const { folder, remove } = temporaryFolder();
  const clone = path.join(folder, 'a clone');
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone }).toString();
  const at = (file: string) => path.join(clone, file);
  const scripts = () =>
    JSON.parse(fs.readFileSync(at('package.json'), 'utf8')).scripts as Record<string, string>;
  /** What `npm run` would run, without the second that npm itself takes. */
  const script = (name: string, ...args: string[]) => {
    const [, ...words] = (scripts()[name] ?? '').split(' ');
    return run(process.execPath, [...words, ...args], clone);
  };
  /** A package.json without its scripts: all that npm looks at when it installs, beside the lock file. */
  const packages = (branch: string) => ({
    ...JSON.parse(git('show', `${branch}:package.json`)),
    scripts: {},
  });
  let names: string[] = [];
  before(async function () {
    this.timeout(240_000);
    execFileSync('git', ['clone', '-q', '--no-hardlinks', ROOT, clone]);
    git('tag', 'main-of-test');
    names = stepBranches(clone).map(({ name }) => name);
    expect(names).to.deep.equal(NAMES);
    git('checkout', '-qf', names[0] ?? '');
    if (INSTALLS) {
      if (await installed(clone)) return;
      // In a room without internet and with copied packages there is nothing that npm could install from.
      process.stdout.write(
        'no network: the branches were tested with the packages of this folder, not with npm ci\n',
      );
      fs.rmSync(at('node_modules'), { recursive: true, force: true });
    }
    fs.symlinkSync(path.join(ROOT, 'node_modules'), at('node_modules'), 'junction');
  });
  after(function () {
    // Some ten thousand files, on a disk that may be busy.
    this.timeout(240_000);
    remove();
  });

  for (const step of listSteps())
    for (const starter of [true, false]) {
      const name = `step-${step.id}${starter ? '-start' : ''}`;

      it(`${name}: contains the app, the checks and the packages that were verified`, () => {
        const files = new Map(
          git('ls-tree', '-rz', name)
            .split('\0')
            .filter(Boolean)
            .map((row) => [row.replace(/^.*\t/, ''), row.split(/[ \t]/)[2]]),
        );
        for (const [file, text] of readApp(step.number, { starter }))
          expect(files.get(file), file).to.equal(blobOf(text));
        const inherited = ['shared', 'package-lock.json', '.npmrc'];
        const own = listSteps().filter(({ number }) => number <= step.number);
        for (const file of [
          ...inherited,
          ...own.flatMap((one) => [`steps/${one.name}/test`, `steps/${one.name}/step.yaml`]),
        ])
          expect(git('rev-parse', `${name}:${file}`), file).to.equal(
            git('rev-parse', `main-of-test:${file}`),
          );
        expect(packages(name)).to.deep.equal(packages('main-of-test'));
        const { scripts: has } = JSON.parse(git('show', `${name}:package.json`));
        expect(has.test).to.match(
          new RegExp(`check --app \\. ${starter ? step.number - 1 : step.number} --all$|check 1 --list$`),
        );
      });

      if (runs(name, NAMES))
        it(`${name}: ${INSTALLS ? 'installs' : 'wants what is installed here'}, passes its npm test, and is clean after it`, async function () {
          this.timeout(180_000);
          git('checkout', '-qf', name);
          // So the packages are those of the main branch, and what npm ci did there it does here.
          expect(git('diff', 'main-of-test', name, '--', 'package-lock.json')).to.equal('');
          expect(packages(name)).to.deep.equal(packages('main-of-test'));
          const { code, output } = await run('npm', ['test'], clone).ended;
          expect(code, output).to.equal(0);
          const passed = /(\d+) (?:of \d+ )?checks/.exec(output)?.[1];
          if (name !== 'step-01-start') expect(Number(passed), output).to.be.above(5);
          expect(git('status', '--porcelain', '--', '.', ':(exclude)node_modules')).to.equal('');
        });

      it(`${name}: has a lesson whose links, files and commands exist there`, () => {
        const lesson = git('show', `${name}:README.md`);
        const files = git('ls-tree', '-r', '--name-only', name).split('\n');
        const commands = Object.keys(JSON.parse(git('show', `${name}:package.json`)).scripts);
        for (const [, link = ''] of lesson.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g))
          expect(files, `README.md of ${name} links to ${link}`).to.include(link);
        for (const [, branch = ''] of lesson.matchAll(/\/(?:tree|blob)\/(step-[\w-]+)/g))
          expect(names).to.include(branch);
        for (const [, from = '', to = ''] of lesson.matchAll(/\/compare\/([\w-]+)\.\.\.([\w-]+)/g))
          expect(names).to.include.members([from, to]);
        for (const [, command = ''] of lesson.matchAll(/npm (?:run )?(?:-s )?(?!ci|run)(\w+)/g))
          expect(commands, `README.md of ${name} says npm run ${command}`).to.include(command);
        expect(lesson).not.to.match(/my-app|steps\/\d\d/);
        // What the workshop has and a branch has not: the guide, npm start with options, open exercises in a finished app.
        const prose = lesson.replaceAll(/^```[\s\S]*?^```$/gm, '');
        expect(prose).not.to.match(/``|\bguide\b|npm start --|npm run (?:workshop|hint|next)/);
        // On a branch npm start runs the app alone, and the commands by hand need the other parties.
        expect(/^## By hand\n[\s\S]*?(?=^## )/m.exec(prose)?.[0])
          .to.be.a('string')
          .and.not.include('npm start');
        if (starter)
          expect(prose).to.include('where your tasks are open').and.not.include('links show the finished');
        else expect(prose).to.include('the tasks below are done').and.not.include('your tasks are open');
      });
    }

  it('npm start says what to do first as long as there is no .env, and how an option is written', async () => {
    git('checkout', '-qf', names.at(-1) ?? '');
    const { code, output } = await script('start').ended;
    expect(code, output).to.equal(2);
    expect(output)
      .to.include('npm run -s tenant | tee .env')
      .and.not.match(/\n\s+at /);
    const option = await script('start', '--port', '3001').ended;
    expect(option.code, option.output).to.equal(2);
  });

  for (const step of listSteps()) {
    const name = `step-${step.id}-start`;
    if (!runs(name, NAMES)) continue;

    it(`${name}: each of its tasks is failed by a check of that task`, async function () {
      this.timeout(120_000);
      git('checkout', '-qf', name);
      const { code, output } = await script('check', '--json').ended;
      const { checks } = JSON.parse(output.slice(output.indexOf('{'))) as {
        checks: { task: string; passed: boolean }[];
      };
      expect(code).to.equal(1);
      const failed = new Set(checks.filter(({ passed }) => !passed).map(({ task }) => task));
      expect([...failed].sort()).to.deep.equal(step.tasks.map(({ id }) => id));
    });

    it(`${name}: starts with the .env that its lesson has one write`, async function () {
      this.timeout(120_000);
      git('checkout', '-qf', name);
      const lesson = fs.readFileSync(at('README.md'), 'utf8');
      expect(lesson).to.include('npm run -s tenant | tee .env\n');
      const tenant = script('tenant', '--port', '0', '--data', path.join(folder, 'data'));
      let app: Child | undefined;
      try {
        const settings = (await tenant.until(/^# ready$/m))
          .split('\n')
          .filter((line) => /^[A-Z_]+=/.test(line));
        const added = [...lesson.matchAll(/^echo "(.*)" >> \.env$/gm)].map(([, line = '']) =>
          line.replace(/\$\(.*\)/, 'a'.repeat(64)),
        );
        const port = await findPort(0, 'PORT');
        fs.writeFileSync(at('.env'), [...settings, ...added, `PORT=${port}`, ''].join('\n'));
        app = script('start');
        await app.until(/localhost/);
        const home = await answer(`http://localhost:${port}/`);
        expect(home.status).to.equal(200);
        expect(await home.text()).to.include('Day Planner');
      } finally {
        await app?.stop();
        await tenant.stop();
        fs.rmSync(at('.env'), { force: true });
      }
    });
  }
});
