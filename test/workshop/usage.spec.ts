import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { overrides } from '../../shared/workshop/overrides';
import { Learner } from './shell';

const COMMANDS =
  'list status times start next check watch hint solution diff flow reset catch-up undo doctor faults export dev'.split(
    ' ',
  );

/** So many at a time as this machine has processors for, and no more. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let i = 0; i < all.length; i += 3) done.push(...(await Promise.all(all.slice(i, i + 3).map(work))));
  return done;
}

describe('npm run workshop', function () {
  this.timeout(60_000);
  const learner = new Learner('usage');
  after(() => learner.remove());

  it('has help for each command, and names them all', async () => {
    const all = await learner.run('--help');
    expect(all.code).to.equal(0);
    for (const name of COMMANDS) expect(all.stdout).to.match(new RegExp(`^ {2}${name}\\b`, 'm'));
    await each(COMMANDS, async (name) => {
      const { code, stdout, stderr } = await learner.run(name, '--help');
      expect({ code, stderr }, name).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout, name).to.include(`npm run workshop -- ${name}`);
    });
  });

  it('says what was wrong when it is used wrongly: exit code 2, no stack trace', async () => {
    await each(
      [
        ['strat'],
        ['start', '77'],
        ['start', '1', '2'],
        ['start', '--wrong'],
        ['start', '2', '--conflicts', 'theirs'],
        ['check', 'two'],
        ['check'],
        ['hint', '9.9'],
        ['solution', '9.9'],
        ['diff', '1', '99'],
        ['diff'],
        ['reset', '0'],
        ['catch-up'],
        ['undo'],
        ['undo', 'yesterday'],
        ['export'],
        ['dev', 'open'],
        ['dev', 'nothing'],
        ['faults', 'sun'],
        ['faults', 'api', 'slow', 'soon'],
      ],
      async (args) => {
        const { code, stdout, stderr } = await learner.run(...args);
        expect({ code, stdout }, args.join(' ')).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr, args.join(' '))
          .to.match(/\S/)
          .and.not.match(/\n\s+at /);
      },
    );
    expect(fs.existsSync(learner.app)).to.equal(false);
  });

  it('guesses which command was meant', async () => {
    expect((await learner.run('strat')).stderr).to.include('start');
  });

  it('opens a step’s app as links to its layers, for authors', async () => {
    const { code, stdout } = await learner.run('dev', 'open', '2');
    expect(code).to.equal(0);
    const folder = path.resolve(ROOT, /^(\S+) is the app/.exec(stdout)?.[1] ?? '');
    try {
      const login = path.join(folder, 'auth.ts');
      expect(fs.realpathSync(login)).to.equal(path.join(ROOT, 'steps/02-get-an-access-token/app/auth.ts'));
      expect(fs.realpathSync(path.join(folder, 'tenant.yaml'))).to.include('01-configure-your-api');
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it('has no file overridden by a later step that nobody looked at since it changed', () => {
    const { problems, report } = overrides();
    expect(problems, report).to.equal(0);
    expect(report).to.include('routes.ts');
  });
});
