import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Command, Option } from 'commander';
import { optionsFromNpm } from '../../shared/lib/npm-options';
import { workshopCommands } from '../../shared/workshop/program';
import { npm } from '../support/npm';
import { temporaryFolder } from '../support/workshop';
import { Learner } from '../workshop/shell';

/** A program as if it were the workshop's, which prints the arguments and the environment that npm gave it. */
const SCRIPT = 'shared/workshop/main.ts';
const PROBE = `process.stdout.write(JSON.stringify({ argv: process.argv, env: process.env }))`;

describe('options that npm took for its own, since a shell dropped "--"', function () {
  this.timeout(120_000);
  const { folder, remove } = temporaryFolder();
  after(remove);

  before(() => {
    fs.mkdirSync(path.join(folder, 'shared/workshop'), { recursive: true });
    fs.writeFileSync(path.join(folder, SCRIPT), PROBE);
    const scripts = {
      workshop: `node ${SCRIPT}`,
      check: `node ${SCRIPT} check`,
      outer: 'npm run -s workshop',
    };
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'probe', scripts }));
  });

  /** What the real npm gives the script, and what becomes of it: arguments, or the words of the refusal. */
  async function typed(
    args: string[],
    { rc = '', env = {} }: { rc?: string; env?: Record<string, string> } = {},
  ) {
    const userconfig = path.join(folder, `npmrc-${args.join('-').replace(/\W/g, '')}`);
    fs.writeFileSync(userconfig, rc);
    const run = await npm(['run', '-s', ...args], {
      cwd: folder,
      env: { ...env, npm_config_userconfig: userconfig },
    });
    expect(run.code, run.stderr).to.equal(0);
    const given = JSON.parse(run.stdout) as { argv: string[]; env: NodeJS.ProcessEnv };
    const outcome = () => {
      try {
        return [...given.argv.slice(2), ...optionsFromNpm(workshopCommands(), given.argv, given.env)];
      } catch (error) {
        expect(error).to.have.property('name', 'UserError');
        return (error as Error).message;
      }
    };
    return { outcome: outcome(), env: given.env };
  }

  const commands = (of: Command): Command[][] =>
    of.commands.length === 0
      ? [[of]]
      : of.commands.flatMap((one) => commands(one).map((chain) => [of, ...chain]));
  const takesValue = ({ required, optional }: Option) => required || optional;

  for (const chain of commands(workshopCommands())) {
    const command = chain.at(-1) as Command;
    const words = chain.slice(1).map((one) => one.name());
    const flags = command.options.filter((one) => !takesValue(one));
    const values = command.options.filter(takesValue);
    if (command.options.length === 0) continue;

    it(`${words.join(' ')}: each of its options is put back, or refused when its value cannot be known`, async () => {
      if (flags.length > 0) {
        const long = flags.map((one) => one.long as string);
        expect((await typed(['workshop', ...words, ...long])).outcome).to.have.members([...words, ...long]);
      }
      // npm makes three short options of --app, and drops what stands behind "=".
      const known = values.filter(({ long }) => long !== '--app');
      if (known.length > 0) {
        const joined = known.map(({ long }, i) => `${long}=a${i}`);
        expect((await typed(['workshop', ...words, ...joined])).outcome).to.have.members([
          ...words,
          ...joined,
        ]);
      }
      for (const { long, flags: spelled } of values) {
        const { outcome } = await typed(['workshop', ...words, long as string, 'value']);
        expect(outcome).to.include(`${long} has come without its value. Nothing was done.`);
        expect(outcome).to.include(`npm run workshop "--" ${words.join(' ')} ... ${spelled}`);
      }
    });
  }

  it('one that the command does not have is refused: another command’s, a misspelled one, one of npm’s own that asks for a look', async () => {
    for (const [args, says] of [
      [['undo', '--fresh'], 'undo has no option --fresh'],
      [['next', '--list'], 'next has no option --list'],
      [['undo', '--lst'], 'undo has no option --lst (did you mean --list?)'],
      [['start', '2', '--frsh'], 'start has no option --frsh (did you mean --fresh?)'],
      [['reset', '--dry-run'], 'reset has no option --dry-run'],
      [['undo', '-l'], 'undo has no option --long'],
      [['start', '2', '-p', '3000'], 'start has no option --parseable'],
      [['undo', '--preview'], 'undo has no option --preview'],
      [['watch', '--json'], 'watch has no option --json'],
      [['start', '2', '--conflicts='], '--conflicts has come without its value'],
      [['undo', '--list=all'], '--list takes no value'],
    ] as const)
      expect((await typed(['workshop', ...args])).outcome, args.join(' ')).to.include(says);
  });

  it('one that is switched off, and settings of npm’s own, change nothing', async () => {
    const { outcome } = await typed([
      'workshop',
      'undo',
      '--no-list',
      '--force',
      '--loglevel=silent',
      '--ignore-scripts=false',
      '--no-audit',
    ]);
    expect(outcome).to.deep.equal(['undo']);
  });

  it('npm’s short forms are understood as npm understands them', async () => {
    expect((await typed(['workshop', 'solution', '2.1', '-y'])).outcome).to.deep.equal([
      'solution',
      '2.1',
      '--yes',
    ]);
  });

  it('what an .npmrc sets was not typed', async () => {
    const rc = '; mine\njson = true\nlist=true\n"yes"=true\nbuild-from-source=true\n';
    expect((await typed(['check'], { rc })).outcome).to.deep.equal(['check']);
    expect((await typed(['workshop', 'undo'], { rc })).outcome).to.deep.equal(['undo']);
  });

  it('what a shell’s environment sets for packages that are compiled was not typed', async () => {
    const env = { npm_config_build_from_source: 'true', NPM_CONFIG_JSON: 'true' };
    expect((await typed(['workshop', 'undo'], { env })).outcome).to.deep.equal(['undo']);
  });

  it('a program that a script starts in turn has its arguments from that script, and an inner npm its own', async () => {
    const { env } = await typed(['workshop', 'dev', 'check', '--step=2']);
    const file = path.join(folder, 'shared/other/main.ts');
    expect(optionsFromNpm(workshopCommands(), ['node', file, 'undo'], { ...env })).to.deep.equal([]);
    // What was put back is gone for the children.
    expect(env.npm_config_step).to.equal(undefined);
    expect((await typed(['outer'])).outcome).to.deep.equal([]);
  });

  describe('at the real commands', () => {
    const learner = new Learner('npm');
    after(() => learner.remove());
    const run = (...args: string[]) => npm(['run', '-s', ...args], { env: { MY_APP: learner.app } });

    it('undo --list lists and undoes nothing, and start 2 --fresh begins anew', async () => {
      learner.inTheMiddle();
      expect((await learner.run('reset', '2')).code).to.equal(0);
      const before = learner.bytes();
      const listed = await run('workshop', 'undo', '--list');
      expect(listed.stdout).to.match(/^ +1 .* before reset 2\n$/);
      expect(learner.is(before)).to.equal(true);
      const refused = await run('workshop', 'undo', '--dry-run');
      expect(refused.code).to.equal(2);
      expect(refused.stderr).to.include('"--" undo');
      expect(learner.is(before)).to.equal(true);
      expect((await run('workshop', 'start', '2', '--fresh')).code).to.equal(0);
      expect(fs.existsSync(path.join(learner.app, 'notes of my own, ü.md'))).to.equal(false);
    });

    it('check, hint, tenant, api, app, start, bench and test do what was typed, or say how to type it', async () => {
      expect(JSON.parse((await run('check', '1', '--list', '--json')).stdout)).to.be.an('array');
      expect(JSON.parse((await run('hint', '1.1', '--json')).stdout)).to.have.property('task', '1.1');
      expect((await run('tenant', '--show', '--port=4999')).stdout).to.include('http://localhost:4999/');
      for (const [script, args] of [
        ['tenant', ['--port', '4999']],
        ['api', ['--port', '4999']],
        ['app', ['4', '--port', '3999']],
        ['social', ['--port', '4999']],
        ['saml', ['--port', '4999']],
        ['start', ['--guide-port', '4999']],
        ['next', ['--conflicts', 'mine']],
      ] as const) {
        const { code, stdout, stderr } = await run(script, ...args);
        expect({ code, stdout }, script).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr, script).to.include(`${args.at(-2)} has come without its value`);
      }
      for (const [script, args, says] of [
        ['api', ['--port=none'], '--port'],
        ['bench', ['--onli=tenant'], 'has no option --onli (did you mean --only?)'],
        ['test', ['--grep', 'x'], 'has no option --grep'],
      ] as const) {
        const { code, stderr } = await run(script, ...args);
        expect({ code, told: stderr.includes(says) }, stderr).to.deep.equal({ code: 2, told: true });
      }
    });
  });
});
