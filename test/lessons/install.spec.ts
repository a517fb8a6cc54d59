import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { COMMAND, completed, different, inRegistry, isSha512, nameOf, packagesOf } from './integrity';

const LOCK = fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8');

/** What the lock file says of where a package is installed. */
interface Conditions {
  dev?: boolean;
  devOptional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}

/**
 * Packages for other systems whose checksums no registry gave to whoever updated the lock file last. The list may only become shorter:
 * run the command of integrity.ts where the registry has them.
 */
const UNTOLD = [
  'android-arm-eabi',
  'android-arm64',
  'darwin-arm64',
  'darwin-x64',
  'freebsd-x64',
  'linux-arm-gnueabihf',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-ia32-msvc',
  'win32-x64-msvc',
].map((system) => `@node-rs/bcrypt-${system}@2.0.0`);

describe('the install', () => {
  const places = packagesOf(LOCK).filter(([, one]) => {
    const { os: systems = ['linux'], cpu = ['x64'], libc = ['glibc'] } = one as Conditions;
    return systems.includes('linux') && cpu.includes('x64') && libc.includes('glibc');
  });
  const isDev = ([, one]: (typeof places)[number]) => {
    const { dev, devOptional } = one as Conditions;
    return Boolean(dev || devOptional);
  };
  const installs: [string, typeof places, { packages: number; megabytes: number }][] = [
    ['npm ci --omit=dev', places.filter((one) => !isDev(one)), { packages: 285, megabytes: 150 }],
    ['npm ci', places, { packages: 490, megabytes: 295 }],
  ];

  for (const [command, all, most] of installs) {
    it(`of ${command} has at most ${most.packages} packages on Linux`, () => {
      expect(all.length).to.be.at.most(most.packages);
    });

    // Binaries of other systems have other sizes, by some megabytes.
    it(`of ${command} takes at most ${most.megabytes} MB, as du -m counts`, () => {
      const bytes = all.reduce((sum, [place]) => sum + sizeOf(path.join(ROOT, place)), 0);
      expect(bytes / 2 ** 20).to.be.at.most(most.megabytes);
    });
  }

  it('of a learner has every package that the parties, the commands, the app and the checks load', () => {
    const { dependencies, devDependencies } = JSON.parse(
      fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    const loaded = new Map<string, string>();
    // The browser loads the guide's assets; answers written in another way are for authors, as the tests are.
    for (const folder of ['shared', 'steps'])
      for (const file of fs.readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }))
        if (/\.(ts|js)$/.test(file) && !/^guide.assets|\Waccepts\W/.test(file))
          for (const name of packagesIn(fs.readFileSync(path.join(ROOT, folder, file), 'utf8')))
            loaded.set(name, path.join(folder, file));
    expect([...loaded.keys()]).to.include.members(['express', '@swc/core', '@speed-highlight/core', 'mocha']);
    for (const name of Object.keys(devDependencies)) expect(loaded.get(name), name).to.equal(undefined);
    const unknown = [...loaded].filter(([name]) => !(name in dependencies));
    expect(unknown).to.deep.equal([]);
  });

  it('has a checksum of every package, also of those for other systems', () => {
    const lacking = packagesOf(LOCK).filter(([, { integrity }]) => !isSha512(integrity));
    const names = lacking.map(([place, one]) => `${nameOf(place, one)}@${one.version}`);
    expect(names, `complete package-lock.json with: ${COMMAND}`).to.have.members(UNTOLD);
  });
});

describe('the checksums of a lock file', () => {
  const ONE = `sha512-${'A'.repeat(86)}==`;
  const OTHER = `sha512-${'B'.repeat(86)}==`;
  const lock = (packages: object) => JSON.stringify({ packages: { '': { name: 'x' }, ...packages } });

  it('come from the registry where they are missing or too weak, and stand behind the version', async () => {
    const asked: string[] = [];
    const { text, untold } = await completed(
      lock({
        'node_modules/a': { version: '1.0.0', integrity: ONE, dev: true },
        'node_modules/a/node_modules/@s/b': { version: '2.0.0', os: ['win32'] },
        'node_modules/c': { name: 'real-c', version: '3.0.0', integrity: 'sha1-AAAA' },
        'node_modules/own': { link: true },
      }),
      async (name, version) => {
        asked.push(`${name}@${version}`);
        return OTHER;
      },
    );
    expect(asked).to.deep.equal(['@s/b@2.0.0', 'real-c@3.0.0']);
    expect(untold).to.deep.equal([]);
    expect(JSON.parse(text).packages).to.deep.equal({
      '': { name: 'x' },
      'node_modules/a': { version: '1.0.0', integrity: ONE, dev: true },
      'node_modules/a/node_modules/@s/b': { version: '2.0.0', integrity: OTHER, os: ['win32'] },
      'node_modules/c': { name: 'real-c', version: '3.0.0', integrity: OTHER },
      'node_modules/own': { link: true },
    });
    expect(text).to.include('"version": "2.0.0",\n      "integrity"').and.match(/\}\n$/);
  });

  it('are asked for as npm asks, with its settings', async () => {
    const seen: string[] = [];
    const registry = http.createServer((req, res) => {
      seen.push(decodeURIComponent(req.url ?? ''));
      const known = seen.at(-1) === '/@scope/one';
      const versions = { '1.2.3': { name: '@scope/one', version: '1.2.3', dist: { integrity: ONE } } };
      const body = known ? { name: '@scope/one', 'dist-tags': { latest: '1.2.3' }, versions } : {};
      res.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await once(registry.listen(0, '127.0.0.1'), 'listening');
    const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'npm-cache-'));
    const env = {
      npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      npm_config_cache: cache,
    };
    try {
      expect(await inRegistry('@scope/one', '1.2.3', env)).to.equal(ONE);
      const { untold } = await completed(
        lock({ 'node_modules/two': { version: '1.0.0' } }),
        (name, version) => inRegistry(name, version, env),
      );
      expect(untold).to.deep.equal(['The registry does not give the checksum of two@1.0.0: E404']);
      expect(seen).to.deep.equal(['/@scope/one', '/two']);
    } finally {
      registry.close();
      registry.closeAllConnections();
      fs.rmSync(cache, { recursive: true, force: true });
    }
  });

  it('are compared with the registry for what is not installed here', async () => {
    const text = lock({
      'node_modules/here': { version: '1.0.0', integrity: ONE },
      'node_modules/same': { version: '1.0.0', integrity: OTHER },
      'node_modules/changed': { version: '1.0.0', integrity: ONE },
      'node_modules/lacking': { version: '1.0.0' },
    });
    const installed = lock({ 'node_modules/here': { version: '1.0.0', integrity: ONE } });
    const found = await different(text, installed, async () => OTHER);
    expect(found).to.deep.equal({ wrong: ['changed@1.0.0', 'lacking@1.0.0'], untold: [] });
  });
});

/** The packages that a file imports or requires, without Node's own modules. */
/** What a file imports. Texts that it writes elsewhere, as an exported project's own test, are in templates. */
function packagesIn(text: string): string[] {
  const names = text
    .replaceAll(/= `[^`]*`;$/gm, '')
    .matchAll(
      /(?:^import |^import[^;'"]* from |^export[^;'"]* from |\b(?:require|import)\()['"`]((?:@[\w-]+\/)?[\w][\w.-]*)(?=['"`/])/gm,
    );
  return [...names].map(([, name = '']) => name).filter((name) => !isBuiltin(name));
}

/** Bytes of a folder on disk, or of its files where the system does not report that; without what other packages have in it. */
function sizeOf(folder: string): number {
  if (!fs.existsSync(folder)) return 0;
  const { blocks, size } = fs.lstatSync(folder);
  const own = blocks === undefined ? size : blocks * 512;
  if (!fs.lstatSync(folder).isDirectory()) return own;
  return fs
    .readdirSync(folder)
    .filter((name) => name !== 'node_modules')
    .reduce((sum, name) => sum + sizeOf(path.join(folder, name)), own);
}
