import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, readApp } from '../../shared/steps/layers';
import { snapshot } from '../support/learner';
import { Learner } from './shell';

describe('a learner’s way through the steps, at the shell', function () {
  this.timeout(60_000);
  const learner = new Learner('way');
  after(() => learner.remove());

  it('begins with the first step, which is not done', async () => {
    const nothing = JSON.parse((await learner.run('list', '--json')).stdout) as { done: boolean }[];
    expect(nothing.map(({ done }) => done)).to.deep.equal(listSteps().map(() => false));
    const { code, stdout } = await learner.run('start');
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/is at step 01, Configure your API/)
      .and.match(/Next: npm run check\n$/);
    for (const [file, text] of readApp(1, { starter: true })) expect(learner.read(file)).to.equal(text);
    const again = await learner.run('start', '1');
    expect(again.code).to.equal(2);
    expect(again.stderr).to.include('begun already').and.include('npm run workshop reset');
  });

  it('goes on to the next step only after a pass', async () => {
    const { code, stderr } = await learner.run('next');
    expect(code).to.equal(1);
    expect(stderr).to.match(/Step 01 is not done yet: 1\.1, 1\.2, 1\.3, 1\.4, 1\.5 are open/);
    expect(learner.read('tenant.yaml')).to.equal(readApp(1, { starter: true }).get('tenant.yaml'));
  });

  it('gets three hints, one more each time, and the finished lines only after a confirmation', async () => {
    const levels = [];
    for (let i = 0; i < 4; i++)
      levels.push((await learner.run('hint', '1.2')).stdout.match(/^ {2}\d\. /gm)?.length);
    expect(levels).to.deep.equal([1, 2, 3, 3]);
    const asked = await learner.run('solution', '1.2');
    expect(asked.code).to.equal(2);
    expect(asked.stderr).to.include('-- --yes').and.include('npm run hint 1.2');
    expect(asked.stdout).to.equal('');
    const shown = await learner.run('solution', '1.2', '--yes');
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.include('value: read:appointments').and.include('yours');
    const json = JSON.parse((await learner.run('solution', '1.2', '--yes', '--json')).stdout);
    expect(json.holes).to.have.length(1);
    // This task has lines in two files.
    const both = (await learner.run('solution', '5.2', '--yes')).stdout;
    expect(both)
      .to.match(/^5\.2 .*, in my-app\/actions\/add-attributes\.js and my-app\/tenant\.yaml\n/)
      .and.match(/^my-app\/tenant\.yaml\nfinished[\s\S]*post-login/m)
      .and.include('setCustomClaim');
  });

  it('reads one thing once: the checks that wait for another one take a line each', async () => {
    const { code, stdout } = await learner.run('check');
    expect(code).to.equal(1);
    expect(stdout.match(/check: .*/g)).to.deep.equal([
      'check: 1.api-described',
      'check: 1.application-registered',
    ]);
    expect(stdout).to.match(
      /not ok {2}1\.2 {2}the API defines its three scopes: waits for 1\.api-described \(task 1\.1, Describe the API\)\n/,
    );
    expect(stdout.match(/^not ok .* waits for 1\.\S+ \(task 1\.\d, .+\)$/gm)).to.have.length(10);
    expect(stdout).to.match(
      /Go on with task 1\.1, Describe the API, in my-app\/tenant\.yaml\. A hint: npm run hint\n$/,
    );
  });

  it('is given hints for the task at which the check stopped, though one before it was not seen to pass', async () => {
    const finished = readApp(1).get('tenant.yaml') ?? '';
    const written = finished.replace(/ +enabled_clients:\n +- Day Planner\n/, '');
    expect(written).not.to.equal(finished);
    learner.write('tenant.yaml', written);
    expect((await learner.run('check')).stdout).to.match(
      /waits for 1\.database-enabled \(task 1\.5, Allow the application two grants\)\n\n.*\nGo on with task 1\.5,/,
    );
    expect((await learner.run('hint')).stdout).to.match(/^1\.5 Allow the application two grants/);
  });

  it('has what passed noted by the check, and is then let on', async () => {
    learner.write('tenant.yaml', readApp(1).get('tenant.yaml') ?? '');
    const checked = await learner.run('check');
    expect(checked.code, checked.stdout).to.equal(0);
    expect(checked.stdout).to.include('npm run next');
    const list = JSON.parse((await learner.run('list', '--json')).stdout) as {
      step: number;
      done: boolean;
    }[];
    expect(list.filter(({ done }) => done).map(({ step }) => step)).to.deep.equal([1]);
    expect((await learner.run('hint')).stdout).to.equal(
      'All tasks of step 01 are done. Go to the next step: npm run next\n',
    );
    expect(JSON.parse((await learner.run('hint', '--json')).stdout)).to.deep.equal({ step: 1, done: true });
    expect((await learner.run('hint', '1.2')).stdout).to.match(/^1\.2 /);
    const { code, stdout } = await learner.run('next');
    expect(code).to.equal(0);
    expect(stdout).to.include('is at step 02');
    expect(learner.read('auth.ts')).to.equal(readApp(2, { starter: true }).get('auth.ts'));
  });

  it('sees what differs from the finished step, and between two steps', async () => {
    const mine = await learner.run('diff');
    expect(mine.code).to.equal(0);
    expect(mine.stdout)
      .to.match(/^--- my-app\/auth\.ts/m)
      .and.match(/^\+\+\+ step-02\/auth\.ts/m);
    const between = JSON.parse((await learner.run('diff', '1', '2', '--json')).stdout) as { file: string }[];
    expect(between.map(({ file }) => file))
      .to.include.members(['auth.ts', 'routes.ts'])
      .and.not.include('tenant.yaml');
  });

  it('catches up, and undoes one change after the other, and the undoing too', async () => {
    learner.write('mine.ts', 'export const mine = 1;\n');
    const before = learner.bytes();
    expect((await learner.run('catch-up', '3')).code).to.equal(0);
    expect(learner.read('api-client.ts')).to.equal(readApp(3).get('api-client.ts'));
    expect(learner.read('mine.ts')).to.include('mine');
    const caughtUp = learner.bytes();
    expect((await learner.run('reset', '2')).stdout).to.include('is at step 02');
    for (let i = 0; i < 2; i++) {
      const before = learner.bytes();
      const { code, stdout } = await learner.run('undo');
      expect(code).to.equal(0);
      // What it replaced is the copy that it names.
      const [, id = ''] = /To bring it back: npm run workshop undo (\d+)\n/.exec(stdout) ?? [];
      const copy = path.join(learner.stateFolder, 'copies', id.padStart(4, '0'), 'app');
      expect(snapshot(copy), stdout).to.deep.equal(before);
    }
    expect(learner.is(before)).to.equal(true);
    const copies = JSON.parse((await learner.run('undo', '--list', '--json')).stdout) as {
      id: number;
      before: string;
    }[];
    expect(copies.map((one) => one.before)).to.deep.equal([
      'start 1',
      'start 2',
      'catch-up 3',
      'reset 2',
      'undo',
      'undo',
    ]);
    const afterCatchUp = copies.find((one) => one.before === 'reset 2')?.id;
    expect((await learner.run('undo', String(afterCatchUp))).stdout).to.include('before "reset 2"');
    expect(learner.is(caughtUp)).to.equal(true);
    const unknown = await learner.run('undo', '999');
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.include('999');
  });

  it('can begin a step again from nothing, and undo that', async () => {
    const before = learner.bytes();
    expect((await learner.run('start', '1', '--fresh')).code).to.equal(0);
    expect(fs.readdirSync(learner.app)).to.not.include('mine.ts').and.not.include('api-client.ts');
    expect((await learner.run('undo')).code).to.equal(0);
    expect(learner.is(before)).to.equal(true);
  });

  it('goes on when the file of its progress is damaged: it is set aside, and what can be seen takes its place', async () => {
    const file = path.join(learner.stateFolder, 'progress.yaml');
    fs.writeFileSync(file, 'step: [2\n\u0000');
    const { code, stderr } = await learner.run('list');
    expect(code).to.equal(0);
    expect(stderr)
      .to.match(/stored as progress\.yaml\.damaged-\S+/)
      .and.match(/you are at step 3/);
    const aside = fs.readdirSync(learner.stateFolder).find((name) => name.includes('damaged')) ?? '';
    expect(fs.readFileSync(path.join(learner.stateFolder, aside), 'utf8')).to.equal('step: [2\n\u0000');
    expect((await learner.run('list')).stderr).to.not.include('damaged');
  });
});
