import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { listSteps, ROOT } from '../../shared/steps/layers';
import {
  longLines,
  type Prose,
  proseInMarkdown,
  proseInPug,
  proseInSource,
  stringsIn,
} from '../support/prose';
import { TERMS, wrongIn } from '../support/terms';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const under = (folder: string, name: RegExp) =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file) && !file.includes('node_modules'))
    .map((file) => path.join(folder, file));

const steps = listSteps().map(({ folder }) => path.relative(ROOT, folder));
const pages = ['README.md', ...under('docs', /\.md$/), ...steps.map((step) => path.join(step, 'README.md'))];

const wrong = (file: string, all: readonly Prose[]) =>
  all.flatMap(({ line, text }) =>
    wrongIn(text, 'reader').map((one) => `${file}:${line}: ${one} in: ${text.slice(0, 100)}`),
  );

/** Shows the whole list where something is found. A comparison of arrays would shorten it. */
const none = (found: readonly string[]) => expect(found, found.join('\n')).to.be.empty;

describe('what users read', () => {
  it('is searched for terms and long lines as it must be', () => {
    const page = [
      '# Where it stands',
      'The `witness` of [the page](a-hole.md) was',
      'told. What you wrote is yours.',
      '- What is it?',
      '```sh',
      'mend # anew',
      '```',
      '| it | a `slot` and | its log-in |',
      `${'word '.repeat(25)}`,
      `[${'word '.repeat(10)}](${'x'.repeat(100)}) https://example.com/${'y'.repeat(100)}`,
      `| ${'cell '.repeat(30)}|`,
    ].join('\n');
    expect(wrong('page', proseInMarkdown(page)).map((one) => one.replace(/ \(instead.*/, ''))).to.deep.equal([
      'page:1: stands',
      'page:2: told',
      'page:2: What you wrote is yours.',
      'page:8: log-in',
    ]);
    expect(longLines(page).map(({ line }) => line)).to.deep.equal([9]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a program.
    const source = "import a from './told'; // told\nconst b = `It tells ${told('to')} anew.` + 'mend';";
    expect(proseInSource(source)).to.deep.equal([{ line: 2, text: 'It tells … anew.' }]);
    expect(
      TERMS.some(({ word }) => word.test("say('What is left is yours.')")),
      'in quotes',
    ).to.equal(true);
    const view = "if told\n  p.mend(title='It is told twice' data-hole) Fix #{told}\n  | it anew";
    expect(proseInPug(view)).to.deep.equal([
      { line: 2, text: 'It is told twice' },
      { line: 2, text: 'Fix …' },
      { line: 3, text: 'it anew' },
    ]);
    expect(stringsIn({ a: ['one', { b: 'two' }], c: 3 })).to.deep.equal(['one', 'two']);
  });

  it('has standard terms on pages of text', () => {
    none(pages.flatMap((file) => wrong(file, proseInMarkdown(read(file)))));
  });

  it('has lines of at most 120 characters', () => {
    const long = pages.flatMap((file) =>
      longLines(read(file)).map(({ line, text }) => `${file}:${line}: ${text}`),
    );
    none(long);
  });

  it('has standard terms in the texts of the steps', () => {
    const all = steps.flatMap((step) => {
      const file = path.join(step, 'step.yaml');
      return wrong(
        file,
        stringsIn(parse(read(file))).map((text) => ({ line: 0, text })),
      );
    });
    none(all);
  });

  it('has standard terms in views and messages', () => {
    const views = under('shared', /\.pug$/).flatMap((file) => wrong(file, proseInPug(read(file))));
    const sources = ['shared', ...steps.flatMap((step) => [`${step}/app`, `${step}/test`])].flatMap(
      (folder) => under(folder, /\.[jt]s$/),
    );
    const messages = sources.flatMap((file) => {
      const text = read(file);
      // Most files have none of the words at all.
      return TERMS.some(({ word }) => word.test(text)) ? wrong(file, proseInSource(text)) : [];
    });
    none([...views, ...messages]);
  });
});
