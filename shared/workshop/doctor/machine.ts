import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandContext } from '../../lib/command-context';
import { rmSync } from '../../lib/held';
import { ROOT, workFolder } from '../../lib/places';
import { node } from '../../preflight';
import { type Finding, note, ok, warning, wrong } from './finding';

const MIB = 1024 * 1024;

export function machine(env: NodeJS.ProcessEnv = commandContext().env): Finding[] {
  return [nodeVersion(), ...place(ROOT), disk(), ...environment(env)];
}

function nodeVersion(): Finding {
  const { engines } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  return node(engines.node, process.versions.node);
}

export function place(root: string): Finding[] {
  const synced = /(OneDrive|Dropbox|Google ?Drive|iCloud|Mobile Documents|Nextcloud|pCloud)/i.exec(root);
  const found = [
    synced &&
      warning(
        'synced-folder',
        `The workshop is in a folder that ${synced[1]} synchronises: ${root}`,
        'Move the workshop to another folder. Synchronising the thousands of files in node_modules is slow, and locks files while programs write them.',
      ),
    /(^|[\\/])node_modules([\\/]|$)/.test(root) &&
      wrong(
        'inside-node-modules',
        `The workshop is inside a node_modules folder: ${root}`,
        'Move the workshop to another folder: TypeScript in a folder below node_modules is not compiled.',
      ),
    /[%#?;]|:(?![\\/])/.test(root) &&
      warning(
        'odd-path',
        `The path has a character with a special meaning in addresses and PATH: ${root}`,
        'Move the workshop to a folder without % # ? ; and : in its path.',
      ),
    /^\/mnt\/[a-z]\//.test(root) &&
      /microsoft/i.test(os.release()) &&
      warning(
        'windows-disk',
        `The workshop is on a Windows disk and runs in WSL: ${root}`,
        'Clone the workshop into your Linux home folder. WSL does not report saves on a Windows disk, and such a disk is many times slower.',
      ),
    process.platform === 'win32' &&
      root.length > 120 &&
      warning(
        'long-path',
        `The path has ${root.length} characters; Windows allows 260 for a whole one`,
        'Move the workshop to a shorter path, such as C:\\work.',
      ),
  ].filter((one) => typeof one === 'object' && one !== null);
  return found.length > 0 ? found : [ok('place', `In ${root}`)];
}

function disk(): Finding {
  const probe = path.join(workFolder(), `.doctor-${process.pid}`);
  try {
    fs.mkdirSync(workFolder(), { recursive: true, mode: 0o700 });
    fs.writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    // A full disk leaves an empty file.
    rmSync(probe, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull('The disk is full, or your quota is used up');
    return wrong(
      'not-writable',
      `${workFolder()} cannot be written: ${message}`,
      'Make yourself the owner of the folder (chown), or clone the workshop into a folder in which you can write.',
    );
  }
  const { bavail, bsize } = fs.statfsSync(workFolder());
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < 20) return diskFull(`${free} MiB are free on the disk`);
  if (free < 300)
    return warning(
      'disk-low',
      `${free} MiB are free on the disk`,
      'Free some disk space soon: 300 MiB are enough.',
    );
  return ok('disk', `${free < 10_240 ? `${free} MiB` : `${Math.floor(free / 1024)} GiB`} free on the disk`);
}

const diskFull = (seen: string) =>
  wrong('disk-full', seen, 'Free some disk space: the copies of your work need it.');

/** Variables of the shell that affect every program. */
export function environment(env: NodeJS.ProcessEnv): Finding[] {
  const proxies = Object.keys(env).filter((name) => /^(https?|all)_proxy$/i.test(name) && env[name]);
  const spared = `${env.NO_PROXY ?? ''},${env.no_proxy ?? ''}`.split(/[,\s]+/);
  const missing = ['localhost', '127.0.0.1'].filter(
    (host) =>
      !spared.includes(host) &&
      !spared.includes('*') &&
      !(host === '127.0.0.1' && spared.includes('127.0.0.0/8')),
  );
  const found = [
    proxies.length > 0 && missing.length > 0 && proxied(env, proxies, missing),
    env.NODE_ENV === 'production' &&
      warning(
        'node-env',
        'NODE_ENV is production: Express shows fewer details of errors. If an app sets secure cookies in production, browsers don’t send them over http',
        'unset NODE_ENV',
      ),
    env.NODE_TLS_REJECT_UNAUTHORIZED === '0' &&
      warning(
        'tls-unchecked',
        'NODE_TLS_REJECT_UNAUTHORIZED is 0: Node.js accepts any server as your tenant',
        'unset NODE_TLS_REJECT_UNAUTHORIZED; then set NODE_EXTRA_CA_CERTS to the file of your company’s certificate.',
      ),
    env.NODE_OPTIONS !== undefined &&
      env.NODE_OPTIONS !== '' &&
      note('node-options', `NODE_OPTIONS is set: ${env.NODE_OPTIONS}`),
  ].filter((one) => one !== false);
  return found.length > 0
    ? found
    : [ok('environment', 'The environment has no proxy, and no other setting that causes problems')];
}

function proxied(env: NodeJS.ProcessEnv, proxies: string[], missing: string[]): Finding {
  const fix =
    'export NO_PROXY=localhost,127.0.0.1,::1 (and no_proxy the same), then start your browser and terminal again.';
  // Node.js uses a proxy only when configured.
  const used = env.NODE_USE_ENV_PROXY === '1' || /--use-env-proxy/.test(env.NODE_OPTIONS ?? '');
  const seen = `${proxies.join(', ')} set, and NO_PROXY does not exclude ${missing.join(' and ')}`;
  return used
    ? wrong('proxy', `${seen}; Node is configured to use it`, fix)
    : warning(
        'proxy',
        `${seen}: curl and some browsers also use the proxy for requests to this machine`,
        fix,
      );
}
