import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { commandContext, runInContext } from '../../shared/lib/command-context';
import { ROOT } from '../../shared/lib/places';
import { readApp } from '../../shared/steps/layers';
import { shareKeys } from '../../shared/tenant/keys/key-file';
import { sessionSecret, storeKeys } from '../../shared/workshop/session-secret';
import { inProcess } from '../support/in-process';
import { temporaryFolder, USERS } from '../support/workshop';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const PAGE = read('docs/architecture.md');
const { scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
  'scripts' | 'dependencies' | 'devDependencies',
  Record<string, string>
>;

/** The rows of the table whose head begins with a word, without the head: each as its cells. */
function tableOf(head: string): string[][] {
  const lines = PAGE.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${head} `));
  const length = lines.slice(from).findIndex((line) => !line.startsWith('|'));
  return lines.slice(from + 2, from + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
const codeIn = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

describe('the page on architecture', () => {
  it('has a reason for each dependency, and names each package for development', () => {
    const [, reasons = ''] = PAGE.split('\n## Why each dependency is there\n');
    const [tables = '', rest = ''] = reasons.split('\nOnly for development: ');
    const [paragraph = ''] = rest.split('\n### ');
    expect(Object.keys(dependencies).filter((name) => !codeIn(tables).includes(name))).to.deep.equal([]);
    const named = codeIn(paragraph.replaceAll('\n', ' '));
    expect(named).to.include('@types/*');
    const development = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
    expect(development.filter((name) => !named.includes(name))).to.deep.equal([]);
    const all = { ...dependencies, ...devDependencies };
    expect(
      named.filter(
        (name) => /^[@a-z][\w@/-]*$/.test(name) && !(name in all) && !fs.existsSync(path.join(ROOT, name)),
      ),
    ).to.deep.equal([]);
  });

  it('has the port, the options and the settings of each party', async () => {
    const rows = tableOf('party');
    expect(rows).to.have.length(5);
    for (const [party = '', alone = '', port = '', settings = ''] of rows) {
      const name = /npm run -s (\w+)/.exec(alone)?.[1] ?? '';
      const script = scripts[name]?.split(' ').at(-1) ?? '';
      const { stdout } = await inProcess(script, ['--help']).ended;
      const app = party === 'App' ? `${readApp(4).get('config.ts')}` : '';
      const api = party === 'API' ? read('shared/api/command.ts') : '';
      expect(stdout.replace(/\s+/g, ' '), party).to.include(`default ${port}`);
      for (const word of codeIn(settings).flatMap((code) => code.split(' ')))
        expect(stdout + app + api, `${party}: ${word}`).to.include(word);
    }
  });

  describe('on an entry of the work folder that is deleted', () => {
    const { folder, remove } = temporaryFolder();
    after(remove);
    const work = path.join(folder, 'work');
    const file = (name: string) => path.join(work, name);
    const env = { WORKSHOP_DIR: work, MY_APP: path.join(folder, 'my-app') };
    const run = (...args: string[]) => inProcess('shared/workshop/main.ts', args, { env, cwd: folder }).ended;
    const start = async (script: string, ...args: string[]) => {
      const running = inProcess(script, ['--port', '0', ...args], { env, cwd: folder });
      await running.ready();
      await running.stop();
    };
    const sumOf = (name: string) => {
      const files = fs.statSync(file(name)).isFile()
        ? [file(name)]
        : fs
            .readdirSync(file(name), { recursive: true, encoding: 'utf8' })
            .map((one) => path.join(file(name), one))
            .filter((one) => fs.statSync(one).isFile());
      const hash = createHash('sha256');
      for (const one of files.sort()) hash.update(one).update(fs.readFileSync(one));
      return hash.digest('hex');
    };

    const makers: Record<string, { make: () => Promise<unknown>; isNew: boolean }> = {
      tenant: {
        make: () =>
          start('shared/workshop/tenant.ts', '--config', path.join(folder, 'tenant.yaml'), '--users', USERS),
        isNew: true,
      },
      'identity-providers': { make: () => start('shared/identity-providers/social/main.ts'), isNew: true },
      check: { make: () => run('check', '1', '--print-env'), isNew: true },
      'keys-of-checks': {
        make: () => shareKeys(file('keys-of-checks'), path.join(folder, 'copy')),
        isNew: true,
      },
      apps: { make: () => run('check', '1', '--print-env'), isNew: false },
      open: { make: () => run('dev', 'open', '1'), isNew: false },
      'store-keys': {
        make: () => runInContext({ ...commandContext(), env }, async () => storeKeys()),
        isNew: true,
      },
      'session-secret': {
        make: () => runInContext({ ...commandContext(), env }, async () => sessionSecret()),
        isNew: true,
      },
    };
    for (const [name, { make, isNew }] of Object.entries(makers))
      it(`${name}: ${isNew ? 'another one is made' : 'the same is made again'}`, async () => {
        fs.writeFileSync(path.join(folder, 'tenant.yaml'), `${readApp(1).get('tenant.yaml')}`);
        await make();
        const first = sumOf(name);
        await make();
        expect(sumOf(name), 'while it is there').to.equal(first);
        fs.rmSync(file(name), { recursive: true });
        await make();
        expect(sumOf(name) !== first).to.equal(isNew);
      });

    it('flow.json: there is nothing to show', async () => {
      fs.rmSync(file('flow.json'), { force: true });
      expect((await run('flow')).stderr).to.include('Nothing was recorded yet');
    });

    it('faults.json: there are no faults', async () => {
      expect((await run('faults', 'api', 'slow', '1')).code).to.equal(0);
      const none = /^api +has no faults/m;
      expect((await run('faults')).stdout).not.to.match(none);
      fs.rmSync(file('faults.json'));
      expect((await run('faults')).stdout).to.match(none);
    });
  });
});
