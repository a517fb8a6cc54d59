import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { forms, type Page, text } from '../../shared/browser';
import { listSteps, readApp } from '../../shared/steps/layers';
import { ask as askAt } from '../support/ask';
import { RunningWorkshop } from './guide';

describe('the guide’s lessons', function () {
  this.timeout(60_000);
  const workshop = new RunningWorkshop('guide lessons');
  const { learner } = workshop;
  before(() => workshop.open());
  after(() => workshop.close());
  const button = (page: Page, label: string | RegExp) =>
    forms(page).find(({ buttons }) =>
      buttons.some((one) => (typeof label === 'string' ? one.text === label : label.test(one.text))),
    );
  const own = () => ({ host: new URL(workshop.origin).host });
  const ask = (at: string, headers: Record<string, string>) =>
    askAt(new URL(workshop.origin).port, at, { headers, method: 'POST', body: '' });
  const press = async (page: Page, label: string | RegExp) => {
    const form = button(page, label);
    expect(form, `a button ${label} at ${page.url.pathname}`).to.not.equal(undefined);
    return workshop.browser.submit(page, form as NonNullable<typeof form>);
  };

  it('begin with the list of steps, their minutes, and who talks to whom', async () => {
    const page = await workshop.get('/');
    expect(page.status).to.equal(200);
    for (const { title, minutes } of listSteps())
      expect(text(page)).to.include(title).and.include(`${minutes} min`);
    expect(text(page)).to.include('Begin with step 1');
  });

  it('are readable without a script: text, diagrams, code, tasks; each inner link leads somewhere', async () => {
    const links = new Map<string, string>();
    const anchors = new Set<string>();
    for (const { name, tasks, title } of listSteps()) {
      const page = await workshop.get(`/steps/${name}`);
      const root = parse(page.body);
      expect(page.status, name).to.equal(200);
      expect(root.querySelectorAll('h1')).to.have.length(1);
      expect(text(page)).to.include(title);
      expect(root.querySelectorAll('section.task').map((one) => one.id)).to.deep.equal(
        tasks.map(({ id }) => `task-${id}`),
      );
      for (const code of root.querySelectorAll(
        'section.task figure.ts, section.task figure.yaml, section.task figure.pug, section.task figure.js',
      ))
        expect(
          code.querySelector('figcaption')?.text,
          `${name} says which file this is of: ${code.text}`,
        ).to.match(/\w\.\w|openid-client/);
      expect(root.querySelector('svg.diagram')?.getAttribute('aria-label')).to.match(/\w+ to \w+: /);
      // Nothing that looks like Markdown is left, and nothing would be fetched from elsewhere.
      const words = root
        .querySelectorAll('main p, main li, main td, main h2')
        .map((one) => one.text)
        .join('\n');
      expect(words).to.not.match(/\]\(|\*\*|^#{1,4} /m);
      expect(page.body).to.not.match(/@import|src="http|<style| style="/);
      const all = root.querySelectorAll('[id]').map((one) => one.id);
      const ids = new Set(all);
      expect(all, 'no id twice').to.deep.equal([...ids]);
      for (const a of root.querySelectorAll('a[href]')) {
        const href = a.getAttribute('href') ?? '';
        if (href.startsWith('#')) expect(ids.has(href.slice(1)), `${name} ${href}`).to.equal(true);
        else if (href.startsWith('/')) {
          links.set(href.split('#')[0] ?? '', name);
          anchors.add(href);
        } else expect(href).to.match(/^(https?|vscode):/);
      }
    }
    const bodies = new Map<string, string>();
    for (const [href, name] of links) {
      const { status, body } = await workshop.get(href);
      expect(status, `${name} links to ${href}`).to.equal(200);
      bodies.set(href, body);
    }
    for (const [href, body] of bodies)
      if (href.startsWith('/docs/'))
        for (const [, to = ''] of body.matchAll(/ href="(\/(?:steps\/[\w-]+|docs\/[\w-]+)#[^"]+)"/g))
          anchors.add(to);
    for (const to of anchors) {
      const [href = '', id] = to.split('#');
      if (id !== undefined && bodies.has(href))
        expect(bodies.get(href)?.includes(` id="${id}"`), `there is ${to}`).to.equal(true);
    }
    expect(links.size).to.be.greaterThan(20);
  });

  it('say so where there is no such step, file or page', async () => {
    for (const at of [
      '/steps/77',
      '/steps/2/files/nothing.ts',
      '/nothing',
      '/steps/2/files/..%2F..%2F.env',
    ]) {
      const page = await workshop.get(at);
      expect(page.status, at).to.equal(404);
      expect(page.body).to.not.match(/\n\s+at /);
    }
  });

  it('ask questions whose right answer is not always the first, and give the reason for each answer', async () => {
    const firsts = [];
    for (const step of listSteps()) {
      const page = await workshop.get(`/steps/${step.name}`);
      const first = parse(page.body).querySelector('fieldset label span')?.text;
      firsts.push(step.quiz[0]?.answers.find((one) => one.text === first)?.right);
    }
    expect(new Set(firsts).size, String(firsts)).to.equal(2);
    const [step] = listSteps();
    const wrong = step?.quiz[0]?.answers.find(({ right }) => !right);
    const page = await workshop.get(`/steps/1?${new URLSearchParams({ q0: wrong?.text ?? '' })}`);
    expect(text(page)).to.include(`Incorrect. ${wrong?.reason}`).and.include('Right. ');
  });

  it('start a step, retain what was there before, and offer an undo', async () => {
    const page = await press(await workshop.get('/steps/1'), 'Start this step');
    expect(page.url.pathname).to.equal(`/steps/${listSteps()[0]?.name}`);
    // There was no my-app before, so there is no copy to speak of.
    expect(text(page)).to.include('my-app now has the files of this step').and.not.include('as copy');
    expect(learner.read('tenant.yaml')).to.equal(readApp(1, { starter: true }).get('tenant.yaml'));
    const undone = await press(page, 'Undo');
    expect(learner.bytes()).to.deep.equal({});
    expect(text(undone)).to.include('as copy 2');
    // The notice's button brings back what the undo replaced, and does not go back further.
    const back = await press(undone, 'Redo');
    expect(learner.read('tenant.yaml')).to.equal(readApp(1, { starter: true }).get('tenant.yaml'));
    await press(back, 'Redo');
    expect(learner.bytes()).to.deep.equal({});
    await press(undone, 'Start this step');
    expect(
      parse((await workshop.get('/steps/1')).body)
        .querySelector('.place a')
        ?.getAttribute('href'),
    ).to.match(/^vscode:\/\/file\/.*tenant\.yaml:\d+$/);
  });

  it('lead to the place of a task that is still open', async () => {
    const finished = readApp(1).get('tenant.yaml') ?? '';
    learner.write(
      'tenant.yaml',
      finished.replace(/^ {4}# Whose users may[\s\S]*/m, '    # Task 1.5: say whose\n'),
    );
    const place = parse((await workshop.get('/steps/1')).body).querySelector('[id="place-1.5"] a');
    const line = learner
      .read('tenant.yaml')
      .split('\n')
      .findIndex((one) => one.includes('# Task 1.5'));
    expect(place?.getAttribute('href')).to.match(new RegExp(`tenant\\.yaml:${line + 1}$`));
    learner.write('tenant.yaml', readApp(1, { starter: true }).get('tenant.yaml') ?? '');
  });

  it('fold what is to be tried first, and count in the learner’s own progress what is unfolded', async () => {
    const address = '/steps/2/folds/2.1-lines-1';
    const page = parse((await workshop.get('/steps/2')).body);
    const folds = page.querySelectorAll('.task details.fold');
    expect(folds.map((one) => one.hasAttribute('open'))).to.not.include(true);
    expect(folds.map((one) => one.getAttribute('data-fold'))).to.include.members([
      '2.1-lines-1',
      '2.1-outcome-2',
      '2.5-outcome-1',
    ]);
    // The change of a Break it is no answer.
    const changes = folds.filter((one) => one.querySelector('summary')?.text.startsWith('The change: '));
    expect(changes.map((one) => one.hasAttribute('data-fold'))).to.deep.equal(Array(6).fill(false));
    expect(page.querySelector('[id="task-2.1"] .fold summary')?.text).to.include('try first');
    expect(page.querySelector('.unfolded')).to.equal(null);
    for (const origin of ['http://evil.example', 'null', workshop.app])
      expect((await ask(address, { ...own(), origin })).status, origin).to.equal(403);
    for (const other of ['2.1-lines-9', '1.1-lines-1', '__proto__', '..%2F..'])
      expect((await ask(`/steps/2/folds/${other}`, own())).status, other).to.equal(404);
    expect(learner.progress()).to.match(/^unfolded: \{\}$/m);
    for (const _ of [1, 2]) expect((await ask(address, own())).status).to.equal(204);
    expect(learner.progress()).to.match(/^unfolded:\n {2}2\.1-lines-1: 2$/m);
    expect(text(await workshop.get('/steps/2'))).to.include('You opened the finished lines of 1 of 5 tasks.');
    for (const [command, ...args] of [['list'], ['list', '--json'], ['status'], ['status', '--json']])
      expect((await learner.run(command ?? '', ...args)).stdout).to.not.match(/unfold|opened|2\.1-lines/);
  });

  it('give hints one at a time, and the finished lines only after a confirmation', async () => {
    for (const left of [2, 1]) {
      const page = await press(await workshop.get('/steps/1'), /hint/);
      expect(text(page)).to.include(`(${left} left)`);
      expect(page.body).to.include(
        '<code>my-app/tenant.yaml</code>, replace the comment <code>Task 1.1</code>',
      );
    }
    const asked = await workshop.get('/steps/1/tasks/1.2/solution');
    expect(text(asked)).to.include('has not passed its checks yet').and.not.include('read:appointments');
    const shown = await press(asked, 'Show the finished lines');
    expect(text(shown)).to.include('read:appointments').and.include('Your lines');
    expect((await learner.run('hint', '1.1')).stdout.match(/^ {2}\d\. /gm)).to.have.length(3);
  });

  it('check, and show each task’s state with the four parts of a diagnosis; HTML in one remains text', async () => {
    learner.write(
      'tenant.yaml',
      learner
        .read('tenant.yaml')
        .replace(
          'resourceServers:',
          'resourceServers:\n  - { name: A, identifier: "<img src=x onerror=alert(1)>" }',
        ),
    );
    const wrong = await press(await workshop.get('/steps/1'), 'Check');
    const finding = parse(wrong.body).querySelector('#state-1.1 .finding, [id="state-1.1"] .finding');
    expect(finding?.querySelector('h4 code')?.text).to.match(/^1\.[\w-]+$/);
    expect(finding?.querySelectorAll('dt').map((one) => one.text)).to.deep.equal([
      'Expected',
      'Seen',
      'Likely cause',
      'Next',
    ]);
    expect(wrong.body).to.include('&lt;img src=x').and.not.include('<img src=x');
    learner.write('tenant.yaml', 'resourceServers: [\n');
    expect(text(await press(await workshop.get('/steps/1'), 'Check'))).to.match(
      /The checks can’t run.*tenant\.yaml:\d+/,
    );
    learner.write('tenant.yaml', readApp(1).get('tenant.yaml') ?? '');
    await press(await workshop.get('/steps/1'), 'Check');
    const right = await press(await workshop.get('/steps/1'), 'On to step 2');
    expect(right.url.pathname).to.include('/steps/02');
    expect(learner.read('auth.ts')).to.equal(readApp(2, { starter: true }).get('auth.ts'));
  });

  it('ask what shall stand where both changed the same lines, and change nothing before the answer', async () => {
    learner.inTheMiddle();
    learner.write(
      'routes.ts',
      learner.read('routes.ts').replace(/^ {2}return .*$/gm, (line) => `${line} // <b>mine`),
    );
    const before = learner.bytes();
    const page = await press(await workshop.get('/steps/3'), 'Start this step');
    expect(page.status).to.equal(409);
    expect(text(page)).to.include('my-app/routes.ts').and.include('my-app/views/nav.pug');
    expect(page.body).to.include('&lt;b&gt;mine').and.not.include('<b>mine');
    expect(learner.is(before)).to.equal(true);
    const form = button(page, 'Continue');
    const done = await workshop.browser.submit(page, form as NonNullable<typeof form>, {
      'choice routes.ts': 'mine',
    });
    expect(done.url.pathname).to.include('/steps/03');
    expect(learner.read('routes.ts')).to.include('// <b>mine');
    expect(learner.lost(before)).to.deep.equal([]);
  });

  it('explain in plain words what cannot be done now', async () => {
    const page = await workshop.post('/steps/1/check');
    expect(page.status).to.equal(409);
    expect(text(page)).to.include('my-app is at step 03');
  });
});
