import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import { workshopCommands } from '../../shared/workshop/program';
import { command, type Ended } from '../support/command';
import { inProcess } from '../support/in-process';
import { Learner } from './shell';

/** Commands in the order in which a learner could type them; each is typed by one learner at a shell, and by one in this process. */
const TYPED = [
  'start 2',
  'list',
  'status --json',
  'times',
  'hint 2.1',
  'solution 2.2 --yes',
  'diff --json',
  'check 1',
  'flow',
  'next',
  'reset',
  'catch-up 3',
  'undo',
  'doctor --env none',
  'faults',
  'weather',
  'export none',
  'watch 77',
  'dev open 2',
  'dev branches --dry-run',
  'dev check --step 77',
  'dev mutate --step 77',
  'dev corpus --step 77',
];

/** The programs of the other scripts of package.json, with what makes them end. */
const PROGRAMS = [
  ['shared/workshop/tenant.ts', '--show'],
  ['shared/workshop/app.ts', '77'],
  ['shared/api/main.ts', '--port', 'none'],
  ['shared/identity-providers/social/main.ts', '--port', 'none'],
  ['shared/identity-providers/saml/main.ts', '--port', 'none'],
  ['shared/guide/main.ts', '--guide-port', 'none'],
] as const;

const leaves = (of: Command): string[] =>
  of.commands.length === 0
    ? [of.name()]
    : of.commands.flatMap((one) => leaves(one).map((name) => `${of.name()} ${name}`));

describe('a command in the process of its test, and one at the shell', function () {
  this.timeout(120_000);
  // Names of the same length: a long line is broken at the same place.
  const [there, here] = [new Learner('shell'), new Learner('inner')];
  after(() => {
    there.remove();
    here.remove();
  });
  const env = (learner: Learner) => ({ ...learner.env, WORKSHOP_DIR: learner.home });
  /** Without what differs from learner to learner, and from moment to moment. */
  const common = ({ code, stdout, stderr }: Ended, { home }: Learner) => {
    const plain = (text: string) =>
      text
        .replaceAll(new RegExp(home.replace(/[^\w\s]/g, '\\$&').replaceAll(' ', '\\s+'), 'g'), 'HOME')
        .replaceAll(JSON.stringify(home).slice(1, -1), 'HOME')
        .replaceAll(path.basename(home), 'HOME')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d\d:\d\d(:\d\d)?\b|\b[\d.]+ (ms|s|MiB|GiB)\b/g, 'N')
        .replaceAll(/\bprocess \d+/g, 'process N');
    return { code, stdout: plain(stdout), stderr: plain(stderr) };
  };

  it('are of each command that there is', () => {
    const all = leaves(workshopCommands()).map((name) => name.replace('npm run workshop -- ', ''));
    for (const name of all)
      expect(
        TYPED.filter((one) => `${one} `.startsWith(`${name} `)),
        name,
      ).to.have.length(1);
  });

  for (const typed of TYPED)
    it(`print the same, end with the same exit code, and leave the same: ${typed}`, async () => {
      const args = typed.split(' ');
      const script = 'shared/workshop/main.ts';
      const shell = await command(script, args, { env: env(there) }).ended;
      const own = await inProcess(script, args, { env: env(here) }).ended;
      expect(common(own, here)).to.deep.equal(common(shell, there));
      expect(here.is(there.bytes())).to.equal(true);
    });

  for (const [script, ...args] of PROGRAMS)
    it(`print the same and end with the same exit code: ${script} ${args.join(' ')}`, async () => {
      const how = (learner: Learner) => ({ env: env(learner), cwd: os.tmpdir() });
      const shell = await command(script, args, how(there)).ended;
      const own = await inProcess(script, args, how(here)).ended;
      expect(common(own, here)).to.deep.equal(common(shell, there));
    });

  it('leave nothing of a command to the next one: arguments, settings, streams and exit code are its own', async () => {
    const bad = await inProcess('shared/workshop/main.ts', ['hint', '9.9'], { env: env(here) }).ended;
    const good = await here.run('list');
    expect([bad.code, good.code, process.exitCode ?? 0]).to.deep.equal([2, 0, 0]);
    expect(good.stderr).to.equal('');
    expect(fs.existsSync(path.join(here.home, 'my-app'))).to.equal(true);
    const [one, other] = await Promise.all([here.run('list'), there.run('status')]);
    expect([one.stdout, one.stderr]).to.deep.equal([good.stdout, '']);
    expect(other.stdout).to.match(/^you {2}step /);
  });
});
