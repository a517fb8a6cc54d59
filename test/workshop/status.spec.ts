import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, readApp } from '../../shared/steps/layers';
import type { Status } from '../../shared/workshop/status';
import { snapshot } from '../support/learner';
import { npm } from '../support/npm';
import { Learner } from './shell';

describe('npm run workshop status', function () {
  this.timeout(120_000);
  const learner = new Learner('status');
  const share = path.join(learner.home, 'class');
  after(() => learner.remove());
  const file = (name: string) => path.join(share, name, '.my-app', 'progress.yaml');
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(file(name)), { recursive: true });
    fs.writeFileSync(file(name), text);
  };

  it('says where a learner is: current task and since when, hints, solutions, what the last check found first', async () => {
    expect((await learner.run('status')).stdout).to.equal('you  no step was started here\n');
    expect((await learner.run('start', '2')).code).to.equal(0);
    await learner.run('hint', '2.1');
    await learner.run('hint', '2.1');
    await learner.run('solution', '2.2', '--yes');
    const begun = Date.now();
    expect((await learner.run('check')).code).to.equal(1);
    const { stdout } = await learner.run('status');
    expect(stdout).to.match(
      /^you {2}step 02, 0 of 5; at 2\.1 Send the user to the tenant since \d\d:\d\d \(\d+ min\); hints: 2\.1 2; solutions: 2\.2; 2\.login-redirects \([\w-]+\): [^\n]+\n$/,
    );
    const [status] = JSON.parse((await learner.run('status', '--json')).stdout) as Status[];
    expect(status).to.include({ step: 2, done: 0, of: 5 });
    expect(status?.inHand?.task).to.equal('2.1');
    expect(Date.parse(status?.inHand?.since ?? '')).to.be.within(begun - 5000, Date.now());
    expect(status?.found).to.include({ check: '2.login-redirects' });
    // The same task is the current one since the same moment.
    await learner.run('check');
    const [again] = JSON.parse((await learner.run('status', '--json')).stdout) as Status[];
    expect(again?.inHand).to.deep.equal(status?.inHand);
  });

  it('reads a class on a share: whatever is wrong with one, the others have their line, and nothing is written', async () => {
    write(
      'ann',
      'step: 3\npassed: {"3.1": "2026-01-01T09:00:00.000Z"}\ncaughtUp: [1, 2]\nhints: {"3.2": 1}\ninHand: "3.2"\nsince: "2026-01-01T09:30:00.000Z"\n',
    );
    write('bob', 'step: [2\n\u0000');
    write('cid', 'step: 2\nbadges: [gold]\n');
    write('dot', 'step: 77\n');
    write(
      'eve',
      'step: 1\nlastCheck: {at: x, wrong: [], found: {check: "1.a", diagnosis: "b\\u001b[2J\\nforged line", cause: "c\\u0007"}}\nsince: soon\n',
    );
    fs.mkdirSync(path.join(share, 'not begun'));
    const before = snapshot(share);
    const { code, stdout, stderr } = await learner.run(
      'status',
      share,
      path.join(share, 'not begun'),
      path.join(share, 'nobody'),
      file('ann'),
      path.join(share, 'ann', '.my-app'),
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    for (const [i, says] of [
      'ann +step 03, 1 of \\d; at 3\\.2 .* since 2026-01-01 \\d\\d:\\d\\d; hints: 3\\.2 1; caught up: 1, 2$',
      'bob +its progress file is damaged',
      'cid +a newer version of the workshop wrote its progress file$',
      'dot +this version of the workshop has no step 77$',
      'eve +step 01, 0 of 5; at 1\\.1 .* since an unknown time; 1\\.a \\(b\\\\u001b\\[2J forged line\\): c\\\\u0007$',
      'not begun +no step was started here$',
      'nobody +there is no such folder$',
      'progress\\.yaml +this is a file, not a folder$',
      '\\.my-app +step 03',
    ].entries())
      expect(lines[i]).to.match(new RegExp(says));
    expect(lines).to.have.length(9);
    expect(snapshot(share)).to.deep.equal(before);
    const json = JSON.parse((await learner.run('status', share, '--json')).stdout) as Status[];
    expect(json.map(({ problem }) => problem !== undefined)).to.deep.equal([false, true, true, true, false]);
  });

  it('takes an app’s own folder for the checkout that it is in', async () => {
    write('fay', 'step: 3\n');
    const app = path.join(share, 'fay', 'my-app');
    fs.mkdirSync(app);
    const { stdout } = await learner.run('status', app, `${app}${path.sep}`);
    expect(stdout).to.match(/^(?:[^\n]*fay +step 03, [^\n]+\n){2}$/);
    fs.rmSync(path.join(share, 'fay'), { recursive: true });
  });

  it('takes folders from where it was typed', async () => {
    write('ann', 'step: 3\n');
    const { stdout } = await npm(
      ['run', '-s', 'workshop', '--prefix', path.resolve(__dirname, '../..'), 'status', 'ann'],
      {
        cwd: share,
      },
    );
    expect(stdout).to.match(/^ann {2}step 03/);
  });
});

describe('npm run workshop list', function () {
  this.timeout(120_000);
  const learner = new Learner('list');
  after(() => learner.remove());
  interface Listed {
    step: number;
    done: boolean;
    caughtUp: boolean;
    tasks: { id: string; done: boolean; wrong: boolean }[];
  }
  const list = async () => JSON.parse((await learner.run('list', '--json')).stdout) as Listed[];

  it('has a step that was caught up as done only as long as no check found it wrong', async () => {
    expect((await learner.run('catch-up', '2')).code).to.equal(0);
    expect((await list()).filter(({ done }) => done).map(({ step }) => step)).to.deep.equal([1, 2]);
    expect((await learner.run('list')).stdout).to.match(/^\[x\] 02 .*caught up/m);
    learner.write('auth.ts', readApp(2, { starter: true }).get('auth.ts') ?? '');
    expect((await learner.run('check')).code).to.equal(1);
    const after = (await list()).find(({ step }) => step === 2);
    expect(after).to.include({ done: false, caughtUp: true });
    expect(after?.tasks.some(({ done, wrong }) => !done && wrong)).to.equal(true);
    const { stdout } = await learner.run('list');
    expect(stdout)
      .to.match(/^\[ \] 02 .*caught up/m)
      .and.match(/^ {6}\[ \] 2\.\d .*the last check failed$/m);
    const next = await learner.run('next');
    expect(next.code).to.equal(1);
    expect(next.stderr).to.match(/Step 02 is not done yet: 2\.\d/);
    learner.write('auth.ts', readApp(2).get('auth.ts') ?? '');
    expect((await learner.run('check')).code).to.equal(0);
    expect((await list()).find(({ step }) => step === 2)?.done).to.equal(true);
  });

  it('says of a task that passed once and fails now that the last check failed, and not that all is done', async () => {
    const all = listSteps().length;
    expect((await learner.run('catch-up', String(all))).code).to.equal(0);
    expect((await learner.run('check', '--no-earlier')).code).to.equal(0);
    expect((await learner.run('list')).stdout).to.include('All is done.');
    fs.appendFileSync(path.join(learner.app, 'server.ts'), '\nthrow new Error("mine");\n');
    expect((await learner.run('check')).code).to.equal(1);
    const { stdout } = await learner.run('list');
    expect(stdout)
      .to.match(/\[x\] 7\.1 .*the last check failed$/m)
      .and.not.include('All is done.');
  });
});
