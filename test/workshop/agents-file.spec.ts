import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, ROOT, readApp } from '../../shared/steps/layers';
import { agentsText } from '../../shared/workshop/agents-file';
import { workshopCommands } from '../../shared/workshop/program';
import { temporaryFolder } from '../support/workshop';
import { Learner } from './shell';

const HEAD = /^<!-- Call Your API .*\n/;

describe('AGENTS.md in the learner’s folder', function () {
  this.timeout(60_000);
  const learner = new Learner('agents');
  const { folder, remove } = temporaryFolder();
  beforeEach(() => fs.rmSync(learner.home, { recursive: true, force: true }));
  after(() => {
    learner.remove();
    remove();
  });
  const move = async (...args: string[]) => {
    const { code, stderr } = await learner.run(...args);
    expect(code, stderr).to.equal(0);
  };
  const exported = async (to: string) => {
    const target = path.join(folder, to);
    await move('export', target);
    return fs.readdirSync(target);
  };

  it('is of the current step, wherever a command puts a step in place', async () => {
    for (const [command, title] of [
      ['start 1', 'Configure your API'],
      ['start 2', 'Get an access token'],
      ['catch-up 3', 'Call your API'],
      ['reset 2', 'Get an access token'],
      ['start 1 --fresh', 'Configure your API'],
      ['undo', 'Get an access token'],
    ] as const) {
      await move(...command.split(' '));
      expect(learner.read('AGENTS.md'), command).to.include(`*${title}*`);
    }
  });

  it('names the tasks, an existing lesson, and commands that exist', async () => {
    await move('start', '1');
    const scripts = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).scripts;
    const commands = workshopCommands().commands.map((one) => one.name());
    for (const step of listSteps()) {
      const text = agentsText(step);
      for (const { id, title } of step.tasks) expect(text).to.include(`| ${id} | ${title} |`);
      for (const [, script = '', command = ''] of text.matchAll(
        /`npm run (\S+?)(?: (?!--)([\w-]+)[^`]*)?(?: --[^`]*)?`/g,
      )) {
        expect(scripts, script).to.have.property(script);
        if (script === 'workshop') expect(commands).to.include(command);
      }
    }
    const text = learner.read('AGENTS.md');
    const files = [...text.matchAll(/\.\.\/[\w./-]+\.md/g)].map(([file]) => path.resolve(learner.app, file));
    expect(files).to.have.length(2);
    for (const file of files) expect(fs.existsSync(file), file).to.equal(true);
    expect(text)
      .to.match(/three times/)
      .and.match(/Ask for a prediction first/);
  });

  it('keeps what the learner added, and remains deleted at the next step', async () => {
    await move('start', '1');
    learner.write('AGENTS.md', `${learner.read('AGENTS.md')}\nAnswer in French.\n`);
    await move('start', '2');
    expect(learner.read('AGENTS.md')).to.match(/\*Get an access token\*[\s\S]*\nAnswer in French\.\n$/);
    fs.rmSync(path.join(learner.app, 'AGENTS.md'));
    await move('start', '3', '--conflicts', 'new');
    expect(fs.existsSync(path.join(learner.app, 'AGENTS.md'))).to.equal(false);
  });

  it('is left alone where the learner wrote it, and replaced with all the rest only after a copy', async () => {
    learner.write('AGENTS.md', 'Mine.\n');
    for (const command of ['start 1', 'start 2', 'reset', 'catch-up 3', 'undo']) {
      await move(...command.split(' '));
      expect(learner.read('AGENTS.md'), command).to.equal('Mine.\n');
    }
    const before = learner.bytes();
    await move('start', '1', '--fresh');
    expect(learner.read('AGENTS.md')).to.match(HEAD);
    expect(learner.lost(before)).to.deep.equal([]);
    await move('undo');
    expect(learner.is(before)).to.equal(true);
  });

  it('is the step’s again after a reset, and the learner’s version is in the copy', async () => {
    await move('start', '1');
    const mine = `${learner.read('AGENTS.md')}\nAnswer in French.\n`;
    learner.write('AGENTS.md', mine);
    await move('reset');
    expect(learner.read('AGENTS.md')).to.equal(mine.replace('\nAnswer in French.\n', ''));
    await move('undo');
    expect(learner.read('AGENTS.md')).to.equal(mine);
  });

  it('is no part of the app: diff does not compare it, export leaves out all but a learner’s own', async () => {
    await move('catch-up', '1');
    expect((await learner.run('diff', '--json')).stdout).to.equal('[]\n');
    expect([...readApp(5).keys()]).to.not.include('AGENTS.md');
    expect(await exported('one'))
      .to.include('tenant.yaml')
      .and.not.include('AGENTS.md');
    learner.write('AGENTS.md', learner.read('AGENTS.md').replace(HEAD, ''));
    expect(await exported('two')).to.include('AGENTS.md');
  });
});

describe('the goal of a step', () => {
  it('is the same in step.yaml and in the table of README.md', () => {
    const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    for (const { id, title, minutes, goal } of listSteps())
      expect(readme).to.match(
        new RegExp(`^\\| \\[${id} ${title}\\]\\(.*?\\) \\| ${minutes} \\| ${goal} \\|`, 'm'),
      );
  });
});
