import fs from 'node:fs';
import path from 'node:path';
import type { Command, Option } from 'commander';
import { attempt } from './attempt';
import { commandContext } from './command-context';
import { nearest } from './nearest';
import { UserError } from './user-error';

/** Where npm stores an option that was typed without `--`: --dry-run becomes npm_config_dry_run. */
const LEFT = 'npm_config_';

/** The value of an option without one, or of an option whose value npm passed on as an argument. */
const BARE = 'true';

/** Options that npm took because a shell dropped the `--` (npm.ps1): `undo --list` arrives as `undo` and
 * npm_config_list=true. Unambiguous ones are returned, for argv. @throws UserError for all others. */
export function optionsFromNpm(
  program: Command,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = commandContext().env,
): string[] {
  if (!isScriptOfNpm(argv[1] ?? '', env)) return [];
  const typed = argv.slice(2);
  const chain = commandsNamed(program, typed);
  const left = leftByNpm(env);
  // npm reads --app as -a -p -p, three of its own short options.
  if (left.get('all') === BARE && left.get('parseable') === BARE && optionOf(chain, 'app'))
    left.delete('all') && left.delete('parseable') && left.set('app', BARE);
  const added: string[] = [];
  const wrong: Wrong[] = [];
  for (const [name, value] of left) {
    // npm reads --no-earlier as the option earlier without a value.
    const negated = value === '' ? optionOf(chain, `no-${name}`) : undefined;
    const option = negated ?? optionOf(chain, name);
    const problem = option ? problemWith(option, value) : notHere(name, value, program, chain, env);
    if (problem) wrong.push({ problem, option });
    else if (negated) added.push(`--no-${name}`);
    else if (option && value !== '') added.push(isFlag(option) ? `--${name}` : `--${name}=${value}`);
    if (option) delete env[`${LEFT}${name.replaceAll('-', '_')}`];
  }
  if (wrong.length > 0) throw refusal(chain, wrong);
  return added;
}

interface Wrong {
  problem: string;
  /** Undefined where the command has no such option. */
  option: Option | undefined;
}

/** Whether npm started this program directly. A program started by a script has its arguments from that script. */
function isScriptOfNpm(file: string, env: NodeJS.ProcessEnv): boolean {
  const { npm_lifecycle_script: script = '', npm_package_json: manifest } = env;
  if (manifest === undefined) return false;
  const inside = path.relative(path.dirname(manifest), file).split(path.sep).join('/');
  return script.split(/\s+/).includes(inside);
}

function commandsNamed(program: Command, typed: readonly string[]): Command[] {
  const chain = [program];
  for (const word of typed.filter((one) => !one.startsWith('-'))) {
    const next = chain.at(-1)?.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (!next) break;
    chain.push(next);
  }
  return chain;
}

const optionOf = (chain: readonly Command[], name: string): Option | undefined =>
  chain.flatMap(({ options }) => options).find(({ long }) => long === `--${name}`);

const isFlag = ({ required, optional }: Option) => !required && !optional;

/** Names with dashes, and values. What an .npmrc sets (json=true) was not typed, so it is left out. */
function leftByNpm(env: NodeJS.ProcessEnv): Map<string, string> {
  const files = [
    env.npm_config_userconfig,
    env.npm_config_globalconfig,
    env.npm_config_local_prefix && path.join(env.npm_config_local_prefix, '.npmrc'),
    env.npm_execpath && path.join(path.dirname(env.npm_execpath), '..', 'npmrc'),
  ];
  const set = new Set(files.flatMap((file) => (file ? namesIn(file) : [])));
  return new Map(
    Object.entries(env).flatMap(([key, value = '']) => {
      const name = key.startsWith(LEFT) ? dashed(key.slice(LEFT.length)) : '';
      return name === '' || set.has(name) ? [] : [[name, value] as const];
    }),
  );
}

/** The names that an .npmrc sets; none when it cannot be read, as npm does. */
function namesIn(file: string): string[] {
  const lines = attempt(() => fs.readFileSync(file, 'utf8').split(/\r?\n/)) ?? [];
  return lines.map((line) => dashed(/^\s*([^=;#[\s]+)/.exec(line)?.[1] ?? ''));
}

const dashed = (name: string) => name.toLowerCase().replaceAll('_', '-');

function problemWith(option: Option, value: string): string | undefined {
  const { long } = option;
  if (isFlag(option)) return value === BARE || value === '' ? undefined : `${long} takes no value`;
  return value === BARE || value === '' ? `${long} has come without its value` : undefined;
}

/** npm's own options that people also mean for a script: -l is --long, and -p is --parseable.
 * --yes and --force change nothing here, and npm may need them. */
const MEANT_FOR_US = new Set(['dry-run', 'json', 'all', 'long', 'parseable']);

/** Why an option that the command does not have is a problem; undefined if it is npm's own. */
function notHere(
  name: string,
  value: string,
  program: Command,
  chain: readonly Command[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (value === '') return undefined;
  const problem = `${namesOf(chain) || 'this command'} has no option --${name}`;
  if (MEANT_FOR_US.has(name)) return problem;
  const known = namesOfNpm(env);
  if (known?.has(name)) return undefined;
  const own = chain.flatMap(({ options }) => options.map(({ long }) => long?.slice(2) ?? ''));
  const near = nearest(name, own);
  if (near !== undefined) return `${problem} (did you mean --${near}?)`;
  if (allOptions(program).has(name)) return problem;
  return known && value === BARE && !FOR_BUILDS.test(name) ? problem : undefined;
}

function allOptions(command: Command): Set<string> {
  const own = command.options.map(({ long }) => long?.slice(2) ?? '');
  return new Set([...own, ...command.commands.flatMap((one) => [...allOptions(one)])]);
}

/** Environment settings for packages that are compiled: nobody typed them here. */
const FOR_BUILDS =
  /^(build-from-source|fallback-to-build|target|runtime|arch|platform|disturl|devdir|python|nodedir|msvs|electron|sharp|sqlite3|canvas|verify-deps)/;

/** What npm sets for every script, whether or not it is a setting. */
const SET_ALWAYS = [
  'npm-version',
  'user-agent',
  'local-prefix',
  'global-prefix',
  'noproxy',
  'node-gyp',
  'argv',
];

/** The settings that this npm knows; undefined for another package manager or another structure of npm. */
function namesOfNpm({ npm_execpath: npm = '' }: NodeJS.ProcessEnv): Set<string> | undefined {
  return attempt(() => {
    const file = require.resolve('@npmcli/config/lib/definitions', { paths: [path.dirname(npm)] });
    const { definitions } = require(file) as { definitions: object };
    return new Set([...Object.keys(definitions), ...SET_ALWAYS]);
  });
}

const namesOf = ([, ...commands]: readonly Command[]) => commands.map((one) => one.name()).join(' ');

function refusal(chain: readonly Command[], wrong: readonly Wrong[]): UserError {
  const script = (chain[0]?.name() ?? '').replace(/ --$/, '');
  const flags = wrong.flatMap(({ option }) => option?.flags.split(', ').at(-1) ?? []);
  const needed = flags.length > 0 ? `... ${flags.join(' ')}` : '--help';
  return new UserError(
    `${wrong.map(({ problem }) => problem).join('; ')}. Nothing was done.\n` +
      'npm uses an option itself unless "--" is before it, and PowerShell drops the "--" unless it is in quotes. Write:\n' +
      `  ${[script, '"--"', namesOf(chain), needed].filter(Boolean).join(' ')}`,
  );
}
