import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '@biomejs/wasm-nodejs';
import { expect } from 'chai';
import { ROOT } from '../shared/steps/layers';
import { Linter } from './support/linter';

const CONFIG = JSON.parse(fs.readFileSync(path.join(ROOT, '.biome.json'), 'utf8')) as Configuration;

describe('lint and format', () => {
  const open: Linter[] = [];
  after(() => {
    for (const one of open) one.close();
  });
  const linter = (files: Record<string, string>): Linter => {
    const made = new Linter(new Map(Object.entries(files)), CONFIG);
    open.push(made);
    return made;
  };

  it('finds a promise that nobody waits for, also one of another file, a class or an interface', () => {
    const uses = [
      "import { Saver, type Store, save } from './lib/save';",
      '',
      'export function run(store: Store): void {',
      "  save('é');",
      '  new Saver().now();',
      "  store.put('x');",
      "  void save('x');",
      "  save('x').catch(() => {});",
      '}',
      '',
    ];
    const library = [
      'export async function save(text: string): Promise<string> {',
      '  return text;',
      '}',
      'export class Saver {',
      '  async now(): Promise<void> {}',
      '}',
      'export interface Store {',
      '  put(text: string): Promise<void>;',
      '}',
      '',
    ];
    const found = linter({ 'run.ts': uses.join('\n'), 'lib/save.ts': library.join('\n') }).check('run.ts');
    expect(found.map(({ place, rule }) => `${place} ${rule}`)).to.deep.equal(
      ['4:3', '5:3', '6:3'].map((place) => `run.ts:${place} lint/nursery/noFloatingPromises`),
    );
  });

  for (const [what, file, text, rule] of [
    ['what does not parse', 'a.ts', 'const = 1;\n', 'parse'],
    [
      'a loose comparison',
      'a.ts',
      'export const a = (b: string) => b == "x";\n',
      'lint/suspicious/noDoubleEquals',
    ],
    [
      'imports out of order',
      'a.ts',
      "import b from 'b';\nimport a from 'a';\n\na(b);\n",
      'assist/source/organizeImports',
    ],
    ['a name twice in JSON', 'a.json', '{ "a": 1, "a": 2 }\n', 'lint/suspicious/noDuplicateObjectKeys'],
    [
      'a CSS property that there is not',
      'a.css',
      'a {\n  colour: red;\n}\n',
      'lint/correctness/noUnknownProperty',
    ],
    ['another format', 'a.ts', 'export  const a = "x"\n', 'format'],
    ['another format of CSS', 'a.css', 'a { color:red }\n', 'format'],
  ] as const)
    it(`refuses ${what}`, () => {
      const found = linter({ [file]: text }).check(file);
      expect(found.filter(({ fails }) => fails).map((one) => one.rule)).to.include(rule);
    });

  it('makes safe fixes, and formats', () => {
    const text = "import b from 'b';\nimport a from 'a';\na( b )\n";
    expect(linter({ 'a.ts': text }).fixed('a.ts')).to.equal(
      "import a from 'a';\nimport b from 'b';\n\na(b);\n",
    );
  });

  it('leaves alone what .biome.json leaves out', () => {
    const made = linter({ 'package-lock.json': '{"a":1}' });
    expect(made.check('package-lock.json')).to.deep.equal([]);
    expect(made.fixed('package-lock.json')).to.equal('{"a":1}');
  });
});
