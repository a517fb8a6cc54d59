import { expect } from 'chai';
import { readApp } from '../../shared/steps/layers';
import { Learner } from './shell';

const finished = (step: number) => readApp(step).get('tenant.yaml') ?? '';
const starter = readApp(1, { starter: true }).get('tenant.yaml') ?? '';

describe('npm run next', function () {
  this.timeout(60_000);
  const learner = new Learner('next');
  after(() => learner.remove());

  it('goes by my-app as it is: what passed before and broke since does not count', async () => {
    expect((await learner.run('start', '1')).code).to.equal(0);
    learner.write('tenant.yaml', finished(1));
    expect((await learner.run('check')).code).to.equal(0);
    learner.write('tenant.yaml', starter);
    const { code, stderr } = await learner.run('next');
    expect(stderr).to.match(
      /Step 01 is not done yet: 1\.1, 1\.2, 1\.3, 1\.4, 1\.5 are open\. Fix 1\.api-described \(.*\) first: .*\. Next: /,
    );
    expect(code).to.equal(1);
    expect(learner.read('tenant.yaml')).to.equal(starter);
  });

  it('needs no check before it, and notes what it saw', async () => {
    learner.write('tenant.yaml', finished(1));
    const { code, stdout } = await learner.run('next');
    expect(stdout).to.include('is at step 02');
    expect(code).to.equal(0);
    const list = JSON.parse((await learner.run('list', '--json')).stdout) as {
      step: number;
      done: boolean;
    }[];
    expect(list.filter(({ done }) => done).map(({ step }) => step)).to.deep.equal([1]);
  });

  it('names the earlier step that broke, as check does, and hint helps with it', async () => {
    expect((await learner.run('catch-up', '2')).code).to.equal(0);
    const broken = finished(2).replace(/ +description: See your appointments\n/, '');
    expect(broken).not.to.equal(finished(2));
    learner.write('tenant.yaml', broken);
    const checked = await learner.run('check');
    expect(checked.stdout)
      .to.match(/All 22 checks of step 02 passed\.\nnot ok {2}1\.2 /)
      .and.match(/Go on with task 1\.2, .*\. A hint: npm run hint\n$/);
    expect(checked.code).to.equal(1);
    const { code, stderr } = await learner.run('next');
    expect(stderr).to.match(/Earlier steps no longer pass: 1\.2 is wrong\. Fix 1\.scopes-described \(/);
    expect(code).to.equal(1);
    expect((await learner.run('hint')).stdout).to.match(/^1\.2 /);
    expect((await learner.run('status')).stdout).to.include('at 1.2');
  });
});
