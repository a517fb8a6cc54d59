import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { text } from '../../shared/browser';
import { countOf, taskViews } from '../../shared/guide/lesson/task-views';
import type { TaskState } from '../../shared/guide/live-checks';
import { Wire } from '../../shared/guide/wire/wire';
import { findStep, readApp } from '../../shared/steps/layers';
import { progressFile } from '../../shared/workshop/progress';
import { command } from '../support/command';
import { RunningWorkshop } from './guide';

describe('the guide’s states of tasks', function () {
  this.timeout(60_000);
  const workshop = new RunningWorkshop('earlier steps');
  const step = findStep('2');
  const finished = readApp(2).get('tenant.yaml') ?? '';
  before(async () => {
    await workshop.learner.run('catch-up', '2');
    await workshop.open();
  });
  after(() => workshop.close());

  const words = async () => {
    const { body } = await workshop.post(`/steps/${step.name}/check`);
    const list = parse(body).querySelectorAll('.tasks li');
    return { body, states: list.map((one) => [one.classNames, one.querySelector('.word')?.text]) };
  };
  const save = (app: ReadonlyMap<string, string>) => {
    for (const [file, content] of app)
      if (workshop.learner.read(file) !== content) workshop.learner.write(file, content);
  };

  it('name one task to do next, and none waits for another that waits for it', async () => {
    save(readApp(2, { starter: ({ task }) => task !== '2.1' }));
    const { states } = await words();
    expect(states).to.deep.equal([
      ['right', 'right'],
      ['open', 'next'],
      ['waiting', 'waits for 2.2'],
      ['waiting', 'waits for 2.2'],
      ['waiting', 'waits for 2.2'],
    ]);
  });

  it('do not remain in the list of checks of the wire: it says what passed since at the shell', async () => {
    const failed = async () =>
      parse((await workshop.get('/wire')).body)
        .querySelectorAll('#checks a')
        .filter((one) => one.text.startsWith('✗')).length;
    expect(await failed()).to.be.above(5);
    save(readApp(2));
    // The checks of a step are loaded once in a process, and the guide has done that in this one.
    const atShell = command('shared/workshop/main.ts', ['check', '2', '--no-earlier'], {
      env: workshop.learner.env,
    });
    const { code, stdout } = await atShell.ended;
    expect(code, stdout).to.equal(0);
    expect(await failed()).to.equal(0);
    expect((await workshop.get('/wire')).body).to.include('(passed since, at the shell;');
  });

  it('are not known while the app does not start or tenant.yaml has mistakes: a banner says why', async () => {
    save(readApp(2));
    expect((await words()).body)
      .to.include('5 of 5 tasks are right')
      .and.include('On to step 3');
    const [auth, tenant] = ['auth.ts', 'tenant.yaml'].map((file) => workshop.learner.read(file));
    for (const [file, content, title] of [
      ['auth.ts', `${auth}\nconst open = (;\n`, 'The checks can’t run: your app does not start'],
      ['tenant.yaml', `${tenant}\nclients: [\n`, 'The checks can’t run'],
    ] as const) {
      const whole = workshop.learner.read(file);
      workshop.learner.write(file, content);
      const { body, states } = await words();
      expect(parse(body).querySelector('#refusal-title')?.text, file).to.equal(title);
      expect(parse(body).querySelector('#refusal')?.text).to.match(/(auth\.ts|tenant\.yaml):\d+/);
      expect(states, file).to.deep.equal(step.tasks.map(() => ['unchecked', 'not checked']));
      expect(parse(body).querySelectorAll('.task-state .finding')).to.have.length(0);
      expect(parse(body).querySelector('#task-count')?.text).to.equal('No task can be checked');
      expect(body).to.not.include('On to step 3');
      workshop.learner.write(file, whole);
    }
  });

  it('of a step before: "Check" shows what the command reports, and no page calls the step done', async () => {
    workshop.learner.write('tenant.yaml', finished.replace(/ +description: See your appointments\n/, ''));
    const page = (await workshop.post(`/steps/${step.name}/check`)).body;
    expect(page)
      .to.include('Step 01 no longer passes')
      .and.include(`/steps/${findStep('1').name}#task-1.2`)
      .and.include('5 of 5 tasks are right')
      .and.not.include('On to step 3');
    expect(text(await workshop.get('/')))
      .to.include('Step 01 no longer passes.')
      .and.include('Continue with step 2');
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

describe('the guide’s state of an optional task', () => {
  it('is "optional" until one of its checks applies', () => {
    const step = findStep('5');
    const stateIn = (state: TaskState['state']) => {
      const checks = { tasks: () => step.tasks.map(({ id }) => ({ id, state, failed: [] })) };
      const views = taskViews({ checks, wire: new Wire() }, step, progressFile.parse({}), false);
      return [views.find(({ optional }) => optional)?.word, countOf(views)];
    };
    const required = step.tasks.filter(({ optional }) => !optional).length;
    expect(stateIn('skipped')).to.deep.equal(['optional', `${required} of ${required} tasks are right`]);
    expect(stateIn('passed')[0]).to.equal('right');
    expect(stateIn('unknown')).to.deep.equal(['optional', `0 of ${required} tasks are right`]);
  });
});
