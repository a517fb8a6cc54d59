import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Command, Option } from 'commander';
import { optionsFromNpm } from '../../shared/lib/npm-options';
import { ROOT } from '../../shared/lib/places';
import { workshopCommands } from '../../shared/workshop/program';
import { inProcess } from '../support/in-process';
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

  interface Given {
    argv: string[];
    env: NodeJS.ProcessEnv;
  }

  /** What the real npm gives the script. */
  async function typed(
    args: readonly string[],
    { rc = '', env = {} }: { rc?: string; env?: Record<string, string> } = {},
  ): Promise<Given> {
    const userconfig = path.join(folder, `npmrc-${args.join('-').replace(/\W/g, '').slice(0, 80)}`);
    fs.writeFileSync(userconfig, rc);
    const run = await npm(['run', '-s', ...args], {
      cwd: folder,
      env: { ...env, npm_config_userconfig: userconfig },
    });
    expect(run.code, run.stderr).to.equal(0);
    return JSON.parse(run.stdout) as Given;
  }

  /** What becomes of it: arguments, or the words of the refusal. It takes what it puts back out of the environment. */
  function outcomeOf({ argv, env }: Given): string[] | string {
    try {
      return [...argv.slice(2), ...optionsFromNpm(workshopCommands(), argv, env)];
    } catch (error) {
      expect(error).to.have.property('name', 'UserError');
      return (error as Error).message;
    }
  }

  /**
   * Runs of the real npm with many options at once. npm reads each option by itself, so one run shows what it makes of each of them.
   */
  class Recorded {
    private constructor(
      private readonly without: Given,
      private readonly all: Given,
    ) {}

    /** @param passedOn the arguments that npm must pass on to the script. */
    static async of(options: readonly string[], passedOn: readonly string[] = []): Promise<Recorded> {
      const all = await typed(['workshop', ...options]);
      expect(all.argv.slice(2)).to.deep.equal(passedOn);
      return new Recorded(await without(), all);
    }

    /** What npm gives the script for some of the options: each must have left its name. */
    only(argv: readonly string[], names: readonly string[]): Given {
      const keys = new Set(names.map((name) => `npm_config_${name.replaceAll('-', '_')}`));
      const env = { ...this.without.env };
      for (const key of keys) {
        expect(this.all.env, `npm leaves ${key}`).to.have.property(key);
        env[key] = this.all.env[key];
      }
      return { argv: [...this.without.argv, ...argv], env };
    }
  }
  let nothing: Promise<Given> | undefined;
  const without = () => {
    nothing ??= typed(['workshop']);
    return nothing;
  };

  const commands = (of: Command): Command[][] =>
    of.commands.length === 0
      ? [[of]]
      : of.commands.flatMap((one) => commands(one).map((chain) => [of, ...chain]));
  const takesValue = ({ required, optional }: Option) => required || optional;
  const chains = commands(workshopCommands()).filter((chain) => chain.at(-1)?.options.length !== 0);

  describe('put back, or refused', () => {
    let flagged: Recorded;
    let joined: Recorded;
    let bare: Recorded;
    let app: Recorded;
    const every = (wanted: (option: Option) => boolean | undefined) => [
      ...new Set(
        chains.flatMap((chain) => (chain.at(-1)?.options ?? []).filter(wanted).map(({ long }) => long ?? '')),
      ),
    ];
    // npm makes three short options of --app, and drops what stands behind "=".
    const isApp = ({ long }: Option) => long === '--app';

    before(async () => {
      flagged = await Recorded.of(every((one) => !takesValue(one)));
      const values = every((one) => takesValue(one) && !isApp(one));
      joined = await Recorded.of(values.map((long) => `${long}=a${long.slice(2)}`));
      bare = await Recorded.of(
        values.flatMap((long) => [long, `of${long.slice(2)}`]),
        values.map((long) => `of${long.slice(2)}`),
      );
      app = await Recorded.of(['--app', 'value'], ['value']);
    });

    for (const chain of chains) {
      const command = chain.at(-1) as Command;
      const words = chain.slice(1).map((one) => one.name());
      const flags = command.options.filter((one) => !takesValue(one));
      const values = command.options.filter(takesValue);
      const nameOf = ({ long, negate }: Option) => long?.slice(negate ? '--no-'.length : '--'.length) ?? '';

      it(`${words.join(' ')}: each of its options is put back, or refused when its value cannot be known`, () => {
        if (flags.length > 0)
          expect(outcomeOf(flagged.only(words, flags.map(nameOf)))).to.have.members([
            ...words,
            ...flags.map(({ long }) => long),
          ]);
        const known = values.filter((one) => !isApp(one));
        if (known.length > 0)
          expect(outcomeOf(joined.only(words, known.map(nameOf)))).to.have.members([
            ...words,
            ...known.map((one) => `${one.long}=a${nameOf(one)}`),
          ]);
        for (const one of values) {
          const given = isApp(one)
            ? app.only([...words, 'value'], ['all', 'parseable'])
            : bare.only([...words, `of${nameOf(one)}`], [nameOf(one)]);
          const outcome = outcomeOf(given);
          expect(outcome).to.include(`${one.long} has come without its value. Nothing was done.`);
          expect(outcome).to.include(`npm run workshop "--" ${words.join(' ')} ... ${one.flags}`);
        }
      });
    }
  });

  it('one that the command does not have is refused: another command’s, a misspelled one, one of npm’s own that asks for a look', async () => {
    const others = ['--fresh', '--lst', '--frsh', '--dry-run', '-l', '--preview', '--json', '--conflicts='];
    const listed = await Recorded.of(['--list', ...others, '-p', '3000'], ['3000']);
    const assigned = await Recorded.of(['--list=all']);
    for (const [args, name, says, recorded] of [
      [['undo'], 'fresh', 'undo has no option --fresh', listed],
      [['next'], 'list', 'next has no option --list', listed],
      [['undo'], 'lst', 'undo has no option --lst (did you mean --list?)', listed],
      [['start', '2'], 'frsh', 'start has no option --frsh (did you mean --fresh?)', listed],
      [['reset'], 'dry-run', 'reset has no option --dry-run', listed],
      [['undo'], 'long', 'undo has no option --long', listed],
      [['start', '2', '3000'], 'parseable', 'start has no option --parseable', listed],
      [['undo'], 'preview', 'undo has no option --preview', listed],
      [['watch'], 'json', 'watch has no option --json', listed],
      [['start', '2'], 'conflicts', '--conflicts has come without its value', listed],
      [['undo'], 'list', '--list takes no value', assigned],
    ] as const)
      expect(outcomeOf(recorded.only(args, [name])), `${args.join(' ')} ${name}`).to.include(says);
  });

  it('one that is switched off, and settings of npm’s own, change nothing', async () => {
    const given = await typed([
      'workshop',
      'undo',
      '--no-list',
      '--force',
      '--loglevel=silent',
      '--ignore-scripts=false',
      '--no-audit',
    ]);
    expect(outcomeOf(given)).to.deep.equal(['undo']);
  });

  it('npm’s short forms are understood as npm understands them', async () => {
    expect(outcomeOf(await typed(['workshop', 'solution', '2.1', '-y']))).to.deep.equal([
      'solution',
      '2.1',
      '--yes',
    ]);
  });

  it('what an .npmrc sets was not typed', async () => {
    const rc = '; mine\njson = true\nlist=true\n"yes"=true\nbuild-from-source=true\n';
    expect(outcomeOf(await typed(['check'], { rc }))).to.deep.equal(['check']);
    expect(outcomeOf(await typed(['workshop', 'undo'], { rc }))).to.deep.equal(['undo']);
  });

  it('what a shell’s environment sets for packages that are compiled was not typed', async () => {
    const env = { npm_config_build_from_source: 'true', NPM_CONFIG_JSON: 'true' };
    expect(outcomeOf(await typed(['workshop', 'undo'], { env }))).to.deep.equal(['undo']);
  });

  it('a program that a script starts in turn has its arguments from that script, and an inner npm its own', async () => {
    const given = await typed(['workshop', 'dev', 'check', '--step=2']);
    const { env } = given;
    outcomeOf(given);
    const file = path.join(folder, 'shared/other/main.ts');
    expect(optionsFromNpm(workshopCommands(), ['node', file, 'undo'], { ...env })).to.deep.equal([]);
    // What was put back is gone for the children.
    expect(env.npm_config_step).to.equal(undefined);
    expect(outcomeOf(await typed(['outer']))).to.deep.equal([]);
  });

  describe('at the real commands', () => {
    const learner = new Learner('npm');
    after(() => learner.remove());
    const run = (...args: string[]) => npm(['run', '-s', ...args], { env: { MY_APP: learner.app } });

    it('undo --list lists and undoes nothing, and start 2 --fresh begins again', async () => {
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
      expect(JSON.parse((await started('hint', ['1.1'], { json: 'true' })).stdout)).to.have.property(
        'task',
        '1.1',
      );
      const shown = await started('tenant', [], { show: 'true', port: '4999' });
      expect(shown.stdout).to.include('http://localhost:4999/');
      for (const [script, args, name] of [
        ['tenant', ['4999'], 'port'],
        ['api', ['4999'], 'port'],
        ['app', ['4', '3999'], 'port'],
        ['social', ['4999'], 'port'],
        ['saml', ['4999'], 'port'],
        ['start', ['4999'], 'guide_port'],
        ['next', ['mine'], 'conflicts'],
      ] as const) {
        const { code, stdout, stderr } = await started(script, args, { [name]: 'true' });
        expect({ code, stdout }, script).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr, script).to.include(`--${name.replace('_', '-')} has come without its value`);
      }
      const none = await started('api', [], { port: 'none' });
      expect({ code: none.code, namesOption: none.stderr.includes('--port') }).to.deep.equal({
        code: 2,
        namesOption: true,
      });
      for (const [script, args, says] of [
        ['bench', ['--onli=tenant'], 'has no option --onli (did you mean --only?)'],
        ['test', ['--grep', 'x'], 'has no option --grep'],
      ] as const) {
        const { code, stderr } = await run(script, ...args);
        expect({ code, namesOption: stderr.includes(says) }, stderr).to.deep.equal({
          code: 2,
          namesOption: true,
        });
      }
    });

    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };

    /** A script of package.json, as npm starts it after it took options for its own. */
    async function started(script: string, args: readonly string[], options: Record<string, string>) {
      const line = scripts[script] ?? '';
      const [, file = '', own = ''] = /(\S+\.ts)(?: (\S+))?$/.exec(line) ?? [];
      const { env } = await without();
      const left = Object.fromEntries(
        Object.entries(env).filter(([name]) => name.startsWith('npm_')),
      ) as Record<string, string>;
      const taken = Object.entries(options).map(([name, value]) => [`npm_config_${name}`, value]);
      return inProcess(file, [...(own ? [own] : []), ...args], {
        env: {
          ...left,
          npm_package_json: path.join(ROOT, 'package.json'),
          npm_lifecycle_event: script,
          npm_lifecycle_script: line,
          MY_APP: learner.app,
          ...Object.fromEntries(taken),
        },
      }).ended;
    }
  });
});
