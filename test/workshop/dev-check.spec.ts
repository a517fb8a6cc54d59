import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { textProblems } from '../../shared/workshop/texts';
import { temporaryFolder } from '../support/workshop';

/** What an author works in: a copy of this repository as it is now, with the same packages. */
const PARTS = [
  'shared',
  'steps',
  'test',
  'docs',
  'README.md',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  '.mocharc.yml',
];

describe('npm run workshop dev check', function () {
  this.timeout(180_000);
  const { folder, remove } = temporaryFolder();
  before(() => {
    for (const part of PARTS) fs.cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  });
  after(remove);

  /** With some files changed, and changed back afterwards. */
  async function check(changes: Record<string, (text: string) => string>) {
    const before = Object.keys(changes).map(
      (file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')] as const,
    );
    for (const [file, text] of before) fs.writeFileSync(path.join(folder, file), changes[file]?.(text) ?? '');
    const { WORKSHOP_DIR: _, ...env } = process.env;
    const child = spawn(
      process.execPath,
      ['-r', './shared/lib/register.js', 'shared/workshop/main.ts', 'dev', 'check', '--step', '1'],
      { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const [code] = await once(child, 'close');
    for (const [file, text] of before) fs.writeFileSync(path.join(folder, file), text);
    return { code, output };
  }

  it('finds nothing in the texts of the steps as they are', () => {
    expect(textProblems()).to.deep.equal([]);
  });

  it('reports errors of text at once, with their place, and begins no proof', async () => {
    const { code, output } = await check({
      'steps/01-configure-your-api/README.md': (text) =>
        text.replace('identifier: https://appointments', 'identifier: https://other'),
      'steps/01-configure-your-api/mistakes.yaml': (text) =>
        `${text}\n- id: of-nothing\n  title: t\n  check: 1.no-such-check\n  diagnosis: d\n  says: s\n  edits:\n    - { file: tenant.yaml, replace: nowhere to be found, with: x }\n    - { file: none.ts, remove: true }\n`,
    });
    expect(code).to.equal(1);
    expect(output)
      .to.include('mistakes.yaml, of-nothing: there is no check 1.no-such-check')
      .and.include('mistakes.yaml, of-nothing: this occurs 0 times in tenant.yaml, not once:')
      .and.match(/README\.md:\d+ shows what tenant\.yaml does not have/)
      .and.include('The proofs have not run')
      .and.not.include('known mistakes of step');
  });

  for (const [what, file, change, says] of [
    [
      'YAML that is none',
      'mistakes.yaml',
      (text: string) => `${text}\n- id: [`,
      /mistakes\.yaml is no YAML: .*line/,
    ],
    ['an entry without its parts', 'mistakes.yaml', () => '- id: a\n', /mistakes\.yaml is malformed/],
    ['a step.yaml without its parts', 'step.yaml', () => 'title: t\n', /step\.yaml is malformed/],
    [
      'a task without a hole',
      'step.yaml',
      (text: string) => text.replace('id: "1.5"', 'id: "1.9"').replace('id: 1.5', 'id: "1.9"'),
      /(no file has a BEGIN SOLUTION 1\.9|task 1\.5 is none of step 01)/,
    ],
    [
      'markers that do not pair up',
      'app/tenant.yaml',
      (text: string) => text.replace('# END SOLUTION', '#'),
      /tenant\.yaml:\d+: BEGIN SOLUTION/,
    ],
  ] as const) {
    it(`reports at once ${what}`, async () => {
      const { code, output } = await check({ [`steps/01-configure-your-api/${file}`]: change });
      expect([1, 2], output).to.include(code);
      expect(output)
        .to.match(says)
        .and.not.include('The workshop itself failed')
        .and.not.include('known mistakes');
    });
  }
});
