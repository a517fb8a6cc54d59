import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { commandContext } from '../../lib/command-context';
import { type Finding, note, ok, warning, wrong } from './finding';
import { nearest } from './names';
import { lockTrouble, storeTrouble } from './store';

const CURLY = /[“”„‘’«»]/;

/** The settings file: its form, its names, and who may read it. */
export function envFile(file: string, env: NodeJS.ProcessEnv = commandContext().env): Finding[] {
  const name = path.basename(file);
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return [note('no-env', `There is no ${name} yet`, 'npm start writes one.')];
    return [
      wrong(
        'env-unreadable',
        `${name} cannot be read: ${(error as Error).message}`,
        `Make yourself its owner: ls -l ${name}`,
      ),
    ];
  }
  if (bytes.includes(0))
    return [
      wrong(
        'env-utf16',
        `${name} is not UTF-8: PowerShell’s > writes UTF-16`,
        `Save it as UTF-8 in your editor, or delete it: npm start writes it again.`,
      ),
    ];
  const text = bytes.toString('utf8');
  const settings = parseEnv(text) as Record<string, string>;
  const found = [
    ...(text.startsWith('\ufeff') ? [bom(name)] : []),
    ...text
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)
      .flatMap((line, i) => lineTrouble(line, `${name}:${i + 1}`) ?? []),
    ...twice(text, name),
    ...Object.keys(settings).flatMap((one) => misspelled(one, settings, name) ?? []),
    ...Object.entries(settings).flatMap(([one, value]) => valueTrouble(one, value, name) ?? []),
    ...lockTrouble(settings, name),
    ...privacy(file, name),
    ...overridden(settings, env, name),
  ];
  if (text.includes('\r'))
    found.push(note('env-crlf', `${name} has Windows line endings, which the workshop accepts`));
  return found.some(({ level }) => level !== 'note')
    ? found
    : [...found, ok('env', `${name} has ${Object.keys(settings).length} settings`)];
}

const bom = (name: string) =>
  wrong(
    'env-bom',
    `${name} begins with a byte order mark: its first name is not read`,
    'Save it as UTF-8 without BOM.',
  );

/** A line that is read differently from how it looks. */
function lineTrouble(line: string, where: string): Finding | undefined {
  if (/^\s*(#|$)/.test(line)) return undefined;
  const [, setting, raw] = /^\s*(?:export\s+)?([\w.-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  if (setting === undefined || raw === undefined)
    return wrong('env-line', `${where} is not NAME=value`, 'Write NAME=value, or begin the line with #.');
  const quote = /^["'`]/.exec(raw)?.[0];
  if (quote !== undefined && raw.indexOf(quote, 1) < 0)
    return wrong(
      'env-quote',
      `${where}: the quote of ${setting} is not closed`,
      `End the value with ${quote}`,
    );
  if (CURLY.test(raw))
    return wrong(
      'env-curly',
      `${where}: ${setting} has curly quotes, which become part of it`,
      'Remove them.',
    );
  if (quote !== undefined || !/\S#/.test(raw)) return undefined;
  const seen = `${where}: ${setting} ends at its #, where a comment begins`;
  return wrong('env-hash', seen, `Put the value into quotes: ${setting}="…"`);
}

function twice(text: string, name: string): Finding[] {
  const names = [...text.matchAll(/^\s*(?:export\s+)?([\w.-]+)\s*=/gm)].map(([, one = '']) => one);
  const double = [...new Set(names.filter((one, i) => names.indexOf(one) !== i))];
  return double.map((one) =>
    warning(
      'env-twice',
      `${name} sets ${one} more than once. The last value is used`,
      'Delete the other lines.',
    ),
  );
}

function misspelled(setting: string, settings: Record<string, string>, name: string): Finding | undefined {
  const meant = nearest(setting);
  if (meant === undefined || (settings[meant] && meant !== setting.toUpperCase())) return undefined;
  const seen = `${name} sets ${setting}, which nothing reads; ${meant} is probably meant`;
  return warning('env-name', seen, `Rename it to ${meant}.`);
}

function valueTrouble(setting: string, value: string, name: string): Finding | undefined {
  const at = `${name}: ${setting}`;
  const { length } = value;
  if (/^(<.*>|\{.*\}|your[-_ ].*|x{3,}|changeme|todo)$/i.test(value))
    return wrong('env-placeholder', `${at} is still a placeholder`, 'Replace it by your own value.');
  if (setting === 'SESSION_SECRET' && length < 32)
    return wrong(
      'env-secret-short',
      `${at} has ${length} characters; the app needs at least 32`,
      'Make a new secret with: openssl rand -hex 32',
    );
  if (setting === 'CLIENT_AUTH' && !['', 'post', 'basic'].includes(value))
    return wrong('env-client-auth', `${at} is "${value}"`, 'Set it to post or basic.');
  const isPort = /^\d{1,5}$/.test(value) && Number(value) < 65_536;
  if (/^(APP_|GUIDE_|TENANT_|API_)?PORT$/.test(setting) && !isPort)
    return wrong('env-port', `${at} is "${value}"`, 'Set it to a number from 0 to 65535.');
  if (value === '') return undefined;
  if (!['ISSUER_BASE_URL', 'BASE_URL', 'API_URL'].includes(setting)) return storeTrouble(setting, value, at);
  return urlTrouble(setting, value, at);
}

function urlTrouble(setting: string, value: string, at: string): Finding | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const fix = 'Begin it with https:// (or http:// on localhost).';
    return wrong('env-url', `${at} is not a URL: "${value}"`, fix);
  }
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !local)
    return wrong('env-http', `${at} is an http address of another machine: "${value}"`, 'Write https://');
  if (setting === 'ISSUER_BASE_URL' && url.pathname !== '/') {
    const fix = `It is the tenant alone: ${url.origin}/ (with or without the final slash)`;
    return wrong('env-issuer-path', `${at} has the path ${url.pathname}`, fix);
  }
  if (setting !== 'BASE_URL' || (url.pathname === '/' && url.search === '')) return undefined;
  return wrong('env-base-path', `${at} has a path: "${value}"`, `Set it to the app’s origin: ${url.origin}`);
}

/** The file contains secrets. */
function privacy(file: string, name: string): Finding[] {
  const found: Finding[] = [];
  const { mode } = fs.statSync(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    found.push(
      warning(
        'env-readable',
        `${name} may be read by others on this machine (mode ${(mode & 0o777).toString(8)})`,
        `chmod 600 ${name}`,
      ),
    );
  try {
    execFileSync('git', ['ls-files', '--error-unmatch', name], { cwd: path.dirname(file), stdio: 'ignore' });
    found.push(
      wrong(
        'env-committed',
        `${name} is in the git repository, with its secrets`,
        `git rm --cached ${name}, commit, and have the tenant make a new client secret if it was pushed.`,
      ),
    );
  } catch {
    // Not in it, or no git.
  }
  return found;
}

function overridden(settings: Record<string, string>, env: NodeJS.ProcessEnv, name: string): Finding[] {
  const others = Object.keys(settings).filter((one) => env[one] && env[one] !== settings[one]);
  if (others.length === 0) return [];
  const seen = `Your shell sets ${others.join(', ')} to other values than ${name}: the shell’s values count`;
  return [warning('env-overridden', seen, `unset ${others.join(' ')}`)];
}
