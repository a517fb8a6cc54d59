import { parseEnv } from 'node:util';
import { expect } from 'chai';
import { findPort, startApp, startOwnApi } from '../../shared/app-runner/start-app';
import { appFolders } from '../support/check';
import { command } from '../support/command';
import { inProcess } from '../support/in-process';

const WORKSHOP = 'shared/workshop/main.ts';

describe('npm run check', () => {
  const folders = appFolders();
  after(() => folders.remove());
  const run = (args: string[], env: Record<string, string> = {}) =>
    inProcess(WORKSHOP, ['check', ...args], { env }).ended;

  it('lists its checks with ids that do not change', async () => {
    const { code, stdout } = await run(['4', '--list']);
    expect(code).to.equal(0);
    expect(stdout.match(/^\S+/gm)).to.deep.equal([
      '4.offline-access',
      '4.refreshes',
      '4.not-every-call',
      '4.retried-once',
      '4.refused',
      '4.same-user',
      '4.outage',
      '4.parallel',
      '4.two-users',
      '4.rotation',
      '4.no-rotation',
      '4.refresh-token-stays',
      '4.token-not-read',
    ]);
    const json = JSON.parse((await run(['4', '--list', '--json'])).stdout);
    expect(json[0]).to.deep.equal({
      id: '4.offline-access',
      task: '4.1',
      title: 'the app asks to go on while the user is away',
    });
  });

  it('prints the same settings at each run', async () => {
    const first = await run(['2', '--print-env']);
    expect(first.code).to.equal(0);
    for (const line of [
      /^ISSUER_BASE_URL=http:\/\/localhost:4101\/$/m,
      /^API_URL=http:\/\/localhost:4102$/m,
      /^CLIENT_ID=DayPlanner$/m,
      /^CLIENT_SECRET=\S{48,}$/m,
      /^AUDIENCE=/m,
      /^BASE_URL=http:\/\/localhost:3000$/m,
      /^PORT=3000$/m,
      /^SESSION_SECRET=\S{32,}$/m,
    ]) {
      expect(first.stdout).to.match(line);
    }
    expect((await run(['2', '--print-env'])).stdout).to.equal(first.stdout);
  });

  it('prints from step 07 on the settings of the store too, for an app', async () => {
    const { stdout } = await run(['7', '--print-env'], { APP_URL: 'http://localhost:3000' });
    expect(stdout)
      .to.match(/^STORE_URL=file:.+$/m)
      .and.match(/^STORE_KEYS=[0-9a-f]{64}$/m)
      .and.match(/^LOCK_SECONDS=2$/m);
  });

  it('checks an app that already runs, wherever it came from', async function () {
    // All checks of a step, with their waits, beside a program that keeps every core busy.
    this.timeout(120_000);
    // In two whole runs 2.tenant-fails failed, and never alone: the message below says how.
    this.retries(1);
    const [tenantPort, apiPort] = [await findPort(0, 'none'), await findPort(0, 'none')];
    const ports = ['--tenant-port', String(tenantPort), '--api-port', String(apiPort)];
    const settings = Object.fromEntries(
      (await run(['2', '--print-env', ...ports])).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    // It starts while the tenant is down: the check starts that.
    const { BASE_URL: _, PORT: __, ...env } = settings;
    const app = await startApp(folders.make(2), { env });
    try {
      const { code, stdout } = await run(['2', '--json', ...ports], { APP_URL: app.origin });
      const result = JSON.parse(stdout);
      const open = result.checks.filter((one: { passed: boolean }) => !one.passed);
      // What needs an app that has just started cannot be checked in one that runs already.
      expect(
        open.map((one: { id: string; notApplicable?: string; diagnosis?: { seen: string } }) => [
          one.id,
          one.notApplicable ?? one.diagnosis?.seen,
        ]),
      ).to.deep.equal([
        [
          '2.discovery',
          'an app that runs already has read the discovery document: without APP_URL the check starts the app itself',
        ],
      ]);
      expect(result).to.include({ step: 2, passed: true });
      expect(code).to.equal(0);
    } finally {
      await app.close();
    }
  });

  it('checks an API that already runs, without an app, by the step’s own checks', async function () {
    this.timeout(120_000);
    const [tenantPort, apiPort] = [await findPort(0, 'none'), await findPort(0, 'none')];
    const ports = ['--tenant-port', String(tenantPort), '--api-port', String(apiPort)];
    const printed = (await run(['6', '--print-env', ...ports])).stdout;
    const { PORT, ...env } = parseEnv(printed) as Record<string, string>;
    expect(env).to.deep.equal({
      ISSUER_BASE_URL: `http://localhost:${tenantPort}/`,
      AUDIENCE: 'https://appointments.example/api',
    });
    expect(PORT).to.equal('4002');
    expect((await run(['6', '--print-env', ...ports])).stdout).to.equal(printed);
    // It starts while the tenant is down: the check starts that.
    const api = await startOwnApi(folders.make(6), { env });
    try {
      const { code, stdout, stderr } = await run(['6', '--json', ...ports], { API_URL: api.origin });
      const { checks, earlier, passed } = JSON.parse(stdout || '{"checks":[]}');
      expect(code, stderr + stdout).to.equal(0);
      expect(earlier).to.deep.equal([]);
      expect(passed).to.equal(true);
      const { length } = checks.filter((one: { passed: boolean }) => one.passed);
      expect(length, 'checks that apply').to.be.above(checks.length / 2);
      // To the steps before it is a setting of the app only.
      const before = await run(['1', '--json'], { API_URL: 'http://localhost:9' });
      expect(before.code).to.equal(0);
    } finally {
      await api.close();
    }
  });

  it('has the four parts of a diagnosis in its JSON and in its text, and exit code 1', async () => {
    const app = folders.make(1);
    const { code, stdout } = await run(['2', '--app', app, '--json']);
    expect(code).to.equal(1);
    const { step, passed, checks } = JSON.parse(stdout);
    expect({ step, passed }).to.deep.equal({ step: 2, passed: false });
    expect(checks[0]).to.have.keys('id', 'task', 'title', 'passed', 'diagnosis');
    expect(checks[0].diagnosis).to.have.keys('id', 'expected', 'seen', 'cause', 'next', 'waitsFor');
    const text = (await command(WORKSHOP, ['check', '2', '--app', app]).ended).stdout;
    expect(text).to.match(
      /not ok .*\n +check: 2\.login-redirects\n +expected: .*\n +seen: .*\n +likely cause: .*\n +next: /,
    );
  });

  it('says what was used wrongly, with exit code 2', async () => {
    for (const [args, env, words] of [
      [['9'], {}, 'There is no step "9"'],
      [['2.1'], {}, '2.1 is a task of step 02; say 2'],
      [[], { MY_APP: '.workshop/none' }, 'Which step?'],
      [['2', '--nope'], {}, 'unknown option'],
      [['2'], { APP_URL: 'nope' }, 'APP_URL must be an address'],
      [['6'], { API_URL: 'localhost:4002' }, 'API_URL must be an address'],
      [['6'], { APP_URL: 'http://localhost:3000' }, 'With APP_URL give its address too: API_URL='],
      [['6', '--all'], { API_URL: 'http://localhost:4002' }, '--all needs an app'],
      [['2', '--app', '/nowhere'], {}, 'tenant.yaml'],
      [['2', '--tenant-port', 'x'], { APP_URL: 'http://localhost:3000' }, '--tenant-port must be a port'],
    ] as [string[], Record<string, string>, string][]) {
      const { code, stderr } = await run(args, env);
      expect(stderr, args.join(' '))
        .to.include(words)
        .and.not.match(/\n\s+at /);
      expect(code, args.join(' ')).to.equal(2);
    }
  });
});
