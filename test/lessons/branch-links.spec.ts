import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, ROOT } from '../../shared/steps/layers';
import { homeOf, stepBranches } from '../../shared/workshop/branches';
import { inProcess } from '../support/in-process';

const read = (...parts: string[]) => fs.readFileSync(path.join(ROOT, ...parts), 'utf8');

describe('README.md and the lessons', () => {
  const home = homeOf(read('package.json'));
  const steps = listSteps();
  /** The step before, or where the first begins. */
  const before = (id: string) =>
    id === '01' ? 'step-01-start' : `step-${String(Number(id) - 1).padStart(2, '0')}`;
  const wanted = (id: string) => [
    `${home}/tree/step-${id}-start`,
    `${home}/tree/step-${id}`,
    `${home}/compare/${before(id)}...step-${id}`,
  ];
  const linksOf = (text: string) => [...text.matchAll(/\]\((https?:[^)]+)\)/g)].map(([, link = '']) => link);

  for (const { id, name, title, minutes } of steps)
    it(`link the branches of step ${id} and its comparison with the step before, and give its minutes`, () => {
      for (const text of [read('README.md'), read('steps', name, 'README.md')])
        expect(linksOf(text)).to.include.members(wanted(id));
      expect(read('README.md')).to.include(`| [${id} ${title}](steps/${name}) | ${minutes} |`);
      expect(read('steps', name, 'README.md')).to.include(`npm run workshop start ${Number(id)}\n`);
    });

  it('link to no branch that is not generated', () => {
    const made = stepBranches(ROOT, { dryRun: true }).map((one) => one.name);
    for (const text of [read('README.md'), ...steps.map(({ name }) => read('steps', name, 'README.md'))])
      for (const [, one = ''] of text.matchAll(/\/(?:tree|compare)\/([\w.-]+)\)/g))
        expect(made).to.include.members(one.split('...'));
  });

  it('give the minutes of all steps', () => {
    const all = steps.reduce((sum, { minutes }) => sum + minutes, 0);
    expect(read('README.md')).to.include(`The steps take ${all} minutes in total.`);
  });

  it('name every command for learners, and none that does not exist', async () => {
    const { stdout: help } = await inProcess('shared/workshop/main.ts', ['--help']).ended;
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, one = '']) => one);
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    for (const one of commands.filter((name) => !['dev', 'help'].includes(name)))
      expect(read('README.md')).to.match(new RegExp(`\\| \`npm run (?:workshop )?${one}\\b`));
    const texts = [
      ...['README.md', 'docs/instructors.md', 'docs/contributing.md'].map((file) => read(file)),
      ...steps.map(({ name }) => read('steps', name, 'README.md')),
    ];
    for (const text of texts) {
      for (const [, one = ''] of text.matchAll(/npm run workshop (?:-- )?([a-z][a-z-]*)/g))
        expect(commands).to.include(one);
      for (const [, one = ''] of text.matchAll(/npm run (?:-s )?([a-z]+)/g)) expect(scripts).to.include(one);
    }
  });
});
