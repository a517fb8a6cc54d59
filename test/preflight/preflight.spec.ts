import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect } from 'chai';
import { satisfies } from '../../shared/preflight';
import { ROOT } from '../../shared/steps/layers';
import type { Finding } from '../../shared/workshop/doctor/finding';
import { Tree } from './tree';

const FOLDER = path.join(ROOT, 'shared', 'preflight');
const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const FOR_DEVELOPMENT = ['test', 'mocha', 'typecheck', 'lint', 'format', 'bench'];
const STACK = /^\s+at |MODULE_NOT_FOUND|Require stack|node:internal/m;
/** An entry that runs when nothing is in the way. */
const RUNS = ['-e', 'console.log("runs")'];

describe('before anything is compiled', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = new Tree();
  });
  afterEach(() => tree.remove());

  /** What the doctor says of a clone, for people and as JSON. */
  const askDoctor = (before: string) => ({
    text: tree.script('workshop', ['doctor'], before),
    json: tree.script('workshop', ['doctor', '--json'], before),
  });
  interface Expected {
    id: string;
    before?: string;
    doctor?: () => ReturnType<typeof askDoctor>;
  }
  /** Clones without packages are the same, so the doctor looks at one of them. */
  let withoutPackages: ReturnType<typeof askDoctor> | undefined;
  const doctorWithoutPackages = () => {
    withoutPackages ??= askDoctor('');
    return withoutPackages;
  };

  /** A command ends with each of these words, and without a stack trace; the doctor prints the same. */
  function refuses(
    script: string,
    words: (string | RegExp)[],
    { id, before = '', doctor = () => askDoctor(before) }: Expected,
  ) {
    const { code, stdout, stderr } = tree.script(script, [], before);
    expect(stderr, script).not.to.match(STACK);
    for (const word of words)
      expect(stderr, script).to.match(typeof word === 'string' ? new RegExp(word) : word);
    expect(stdout, script).to.equal('');
    expect(code, script).to.equal(2);
    if (FOR_DEVELOPMENT.includes(script)) return;
    const { text, json } = doctor();
    for (const word of words.slice(0, -1))
      expect(text.stdout).to.match(typeof word === 'string' ? new RegExp(word) : word);
    expect(text.stdout)
      .to.include('fix: ')
      .and.match(/\d things? stands? in the way\.\n$/);
    expect(text.stderr).to.equal('');
    expect(text.code).to.equal(1);
    const { healthy, findings } = JSON.parse(json.stdout) as { healthy: boolean; findings: Finding[] };
    expect(healthy).to.equal(false);
    expect(findings.filter(({ level }) => level === 'wrong').map((one) => one.id)).to.include(id);
  }
  const passes = (file: string) => {
    const { code, stdout, stderr } = tree.node(['-r', `./shared/preflight/${file}`, ...RUNS]);
    expect(stderr).to.equal('');
    expect(stdout).to.equal('runs\n');
    expect(code).to.equal(0);
  };

  for (const name of Object.keys(scripts))
    it(`npm run ${name} in a clone without packages says npm ci`, () => {
      expect(scripts[name]).to.include(FOR_DEVELOPMENT.includes(name) ? '/develop.js' : '/run.js');
      refuses(name, ['packages are not installed', /Fix: npm ci$/m], {
        id: 'not-installed',
        doctor: doctorWithoutPackages,
      });
    });

  it('lets a whole installation pass', () => {
    tree.install();
    passes('run.js');
    passes('develop.js');
  });

  it('recognizes an installation that was interrupted', () => {
    tree.install();
    fs.rmSync(tree.at('node_modules/.package-lock.json'));
    refuses('start', ['npm did not finish', /Fix: npm ci$/m], { id: 'not-installed' });
    tree.write('node_modules/.package-lock.json', '{"packages": {');
    refuses('check', ['npm did not finish', /Fix: npm ci$/m], { id: 'not-installed' });
  });

  it('names packages that are missing, empty or damaged, also those that only packages need', () => {
    tree.install().without('xml-crypto');
    refuses('check', ['1 package is missing in node_modules: xml-crypto', /Fix: npm ci$/m], {
      id: 'packages-missing',
    });
    tree.without('yaml', 'ts-node');
    fs.mkdirSync(tree.at('node_modules/yaml'));
    tree.write('node_modules/ts-node/package.json', '{"version": ');
    refuses('hint', ['packages are missing in node_modules: ts-node, yaml', /Fix: npm ci$/m], {
      id: 'packages-missing',
    });
  });

  it('names a package with missing, empty or damaged files, when they are needed', () => {
    const load = 'shared/workshop/main.ts';
    for (const [file, text] of [
      ['index.js', undefined],
      ['index.js', ''],
      ['index.js', 'const { Command } = require("./lib/command.js");'],
      ['index.js', 'exports.Command = class {'],
      ['index.mjs', 'import "./lib/command.js";'],
    ] as const) {
      tree.remove();
      tree = new Tree().install().without('commander');
      tree.write('node_modules/commander/package.json', '{ "version": "14.0.3", "main": "index.js" }');
      if (text !== undefined) tree.write(`node_modules/commander/${file}`, text);
      tree.write(
        load,
        file.endsWith('.mjs')
          ? `import('${tree.at('node_modules/commander')}/index.mjs');`
          : `class Line extends require('commander').Command {}`,
      );
      const run = (args: string[]) => tree.node(['-r', './shared/preflight/run.js', load, ...args]);
      const { code, stdout, stderr } = run(['check']);
      const what = `${file}: ${text}`;
      expect(stderr, what).to.match(/The package commander is not complete: .*\n {4}Fix: npm ci\n$/);
      expect(stderr, what).not.to.match(STACK);
      expect([code, stdout], what).to.deep.equal([2, '']);
      const doctor = run(['doctor', '--json']);
      expect((JSON.parse(doctor.stdout) as { findings: Finding[] }).findings.map((one) => one.id)).to.include(
        'packages-damaged',
      );
      expect([doctor.code, doctor.stderr], what).to.deep.equal([1, '']);
    }
  });

  it('leaves every other error as it is', () => {
    tree.install();
    for (const thrown of [
      'new Error("of ours")',
      'null',
      'Object.assign(new Error("x"), { code: "MODULE_NOT_FOUND" })',
    ]) {
      const { code, stderr } = tree.node(['-r', './shared/preflight/run.js', '-e', `throw ${thrown}`]);
      expect(code, thrown).to.equal(1);
      expect(stderr, thrown).to.include('throw ').and.not.to.include('not complete');
    }
  });

  it('names packages of another version of the workshop', () => {
    tree.install().edit('package.json', (text) => text.replace(/("express": )"[^"]+"/, '$1"^99.0.0"'));
    refuses(
      'next',
      ['another version of the workshop', /express is 5\.\S+ and must be \^99\.0\.0/, /Fix: npm ci$/m],
      {
        id: 'packages-differ',
      },
    );
  });

  it('asks for the packages for development only where a command needs them', () => {
    tree.install().without('@biomejs', 'fast-check', 'axe-core');
    passes('run.js');
    for (const name of FOR_DEVELOPMENT)
      refuses(name, ['axe-core', 'NODE_ENV is production', /Fix: npm ci --include=dev$/m], {
        id: 'dev-packages-missing',
      });
  });

  for (const name of ['@swc/core', '@node-rs/bcrypt'])
    it(`reports that the binary of ${name} for this system is missing`, () => {
      tree.install().without(`${name}-*`);
      refuses(
        'start',
        [name, `binary for ${process.platform}-${process.arch}`, 'is missing', /Fix: npm ci on this machine/],
        {
          id: 'native-package',
        },
      );
    });

  it('recognizes node_modules of another system, and names it', () => {
    tree.install();
    const other = "Object.defineProperty(process, 'platform', { value: 'sunos' });";
    refuses(
      'start',
      ['@swc/core', '@node-rs/bcrypt', `there is no binary of it for sunos-${process.arch}`, /Fix: npm ci/],
      {
        id: 'native-package',
        before: other,
      },
    );
    tree.without('@swc/core-*').write('node_modules/@swc/core-aix-ppc64/package.json', '{}');
    tree.edit('package-lock.json', (text) =>
      text.replaceAll('@swc/core-linux-s390x-gnu', '@swc/core-aix-ppc64'),
    );
    refuses('start', ['installed on another system: it has @swc/core-aix-ppc64', /Fix: npm ci/], {
      id: 'native-package',
    });
  });

  it('explains why an existing binary cannot be loaded, also when it could be loaded before', () => {
    tree.install();
    passes('run.js');
    expect(fs.readdirSync(tree.at('node_modules/.cache/call-your-api-preflight'))).to.have.length(3);
    const scope = tree.at('node_modules/@swc');
    const name = fs.readdirSync(scope).find((one) => one.startsWith('core-')) ?? '';
    const { main } = JSON.parse(fs.readFileSync(path.join(scope, name, 'package.json'), 'utf8'));
    const text = fs.readFileSync(path.join(scope, name, 'package.json'), 'utf8');
    tree.without('@swc/core-*').write(`node_modules/@swc/${name}/package.json`, text);
    tree.write(`node_modules/@swc/${name}/${main}`, 'cut off');
    refuses('start', [`@swc/${name} is there, but this system cannot load it: .*${main}`, /Fix: npm ci/], {
      id: 'native-package',
    });
  });

  it('looks only at what package.json names where another package manager installed the packages', () => {
    tree.install().write('node_modules/.modules.yaml', '');
    fs.rmSync(tree.at('node_modules/.package-lock.json'));
    tree.without('xml-crypto');
    passes('run.js');
    tree.without('samlify');
    refuses('start', ['1 package is missing', 'samlify', /Fix: npm ci$/m], { id: 'packages-missing' });
  });

  for (const old of ['12.22.12', '18.20.8', '20.18.9', '21.7.0', '22.11.0'])
    it(`refuses Node.js ${old}, with packages and without`, () => {
      const before = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${old}' } });`;
      refuses('start', [`Node ${old} is not supported`, /Fix: Install the current LTS version/], {
        id: 'node-version',
        before,
      });
      tree.install();
      refuses('test', [`Node ${old} is not supported`, /Fix: Install the current LTS version/], {
        id: 'node-version',
        before,
      });
    });

  it('is written in JavaScript of 2018 and without packages, which an old Node.js can parse', () => {
    const { parse } = createRequire(require.resolve('ts-node'))('acorn') as {
      parse(code: string, options: object): unknown;
    };
    const files = fs.readdirSync(FOLDER).filter((file) => file.endsWith('.js'));
    expect(files).to.include.members(['run.js', 'develop.js', 'index.js']);
    for (const file of files) {
      const code = fs.readFileSync(path.join(FOLDER, file), 'utf8');
      parse(code, { ecmaVersion: 2018, sourceType: 'script' });
      for (const [, name = ''] of code.matchAll(/require\('([^']+)'\)/g))
        expect(name, file).to.match(/^(\.\/[a-z]+|fs|os|path|worker_threads)$/);
    }
  });

  it('reads ranges of versions as npm does', () => {
    const range = '^20.19.0 || >=22.12.0';
    const all: [string, string, boolean | undefined][] = [
      ...['20.19.0', '20.20.1', '22.12.0', '24.0.0'].map((one): [string, string, boolean] => [
        one,
        range,
        true,
      ]),
      ...['18.20.0', '20.18.9', '21.7.0', '22.11.9'].map((one): [string, string, boolean] => [
        one,
        range,
        false,
      ]),
      ['0.2.9', '^0.2.3', true],
      ['0.3.0', '^0.2.3', false],
      ['0.0.4', '^0.0.3', false],
      ['1.2.9', '~1.2.3', true],
      ['1.3.0', '~1.2.3', false],
      ['1.9.0', '1.x', true],
      ['2.0.0', '1.x', false],
      ['1.2.3', '1.2.3', true],
      ['1.2.4', '1.2.3', false],
      ['1.2.4', '*', true],
      ['1.2.4', 'github:someone/something', undefined],
    ];
    for (const [version, wanted, is] of all)
      expect(satisfies(version, wanted), `${version} in ${wanted}`).to.equal(is);
  });
});
