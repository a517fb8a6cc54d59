import { expect } from 'chai';
import { findStep, readApp } from '../../shared/steps/layers';
import { RunningWorkshop } from './guide';

describe('the guide, when an earlier step broke', function () {
  this.timeout(60_000);
  const workshop = new RunningWorkshop('earlier steps');
  const step = findStep('2');
  const finished = readApp(2).get('tenant.yaml') ?? '';
  before(async () => {
    await workshop.learner.run('catch-up', '2');
    await workshop.open();
  });
  after(() => workshop.close());

  it('shows with "Check" what the command reports, and "On to step" leads nowhere', async () => {
    workshop.learner.write('tenant.yaml', finished.replace(/ +description: See your appointments\n/, ''));
    const page = (await workshop.post(`/steps/${step.name}/check`)).body;
    expect(page)
      .to.include('Step 01 no longer passes')
      .and.include(`/steps/${findStep('1').name}#task-1.2`)
      .and.include('5 of 5 tasks are right');
    const refused = await workshop.post(`/steps/${step.name}/next`);
    expect(refused.body).to.match(/Earlier steps no longer pass: 1\.2 is wrong/);
    expect((await workshop.learner.run('status')).stdout).to.include('step 02');
  });

  it('leads on once it is fixed, without a check in between', async () => {
    workshop.learner.write('tenant.yaml', finished);
    const next = await workshop.post(`/steps/${step.name}/next`);
    expect(next.url.pathname).to.equal(`/steps/${findStep('3').name}`);
  });
});
