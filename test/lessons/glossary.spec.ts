import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listSteps, ROOT } from '../../shared/steps/layers';

const GLOSSARY = path.join(ROOT, 'docs', 'glossary.md');

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('the glossary', () => {
  const text = fs.readFileSync(GLOSSARY, 'utf8');
  const terms = [...text.matchAll(/^### (.*)\n\n([\s\S]*?)(?=\n### |(?![\s\S]))/gm)].map(
    ([, term = '', about = '']) => ({ term, about, anchor: anchorOf(term) }),
  );
  const documents = [
    path.join(ROOT, 'README.md'),
    ...fs
      .readdirSync(path.join(ROOT, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(ROOT, 'docs', name)),
    ...listSteps().map(({ folder }) => path.join(folder, 'README.md')),
  ];

  it('has its terms in alphabetical order, each once, with the section that defines it or a word that none does', () => {
    const names = terms.map(({ term }) => term.toLowerCase());
    expect(names).to.deep.equal([...new Set(names)].sort());
    expect(names).to.have.length.above(30);
    for (const { term, about } of terms)
      expect(about, term).to.match(
        /\[RFC (\d+), section ([\d.]+)\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc\1#section-\2\)|\[OpenID Connect \w+, section [\d.]+\]\(https:\/\/openid\.net\/specs\/[\w-]+\.html#\w+\)|No RFC defines this term\./,
      );
  });

  it('has an entry for each link to it', () => {
    const anchors = terms.map(({ anchor }) => anchor);
    for (const document of documents)
      for (const [, anchor = ''] of fs.readFileSync(document, 'utf8').matchAll(/glossary\.md#([^)\s]+)\)/g))
        expect(anchors, `${document} links to the glossary`).to.include(anchor);
    for (const [, anchor = ''] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).to.include(anchor);
  });

  it('has only terms that a lesson links', () => {
    const lessons = listSteps()
      .map(({ folder }) => fs.readFileSync(path.join(folder, 'README.md'), 'utf8'))
      .join('\n');
    const unused = terms.filter(({ anchor }) => !lessons.includes(`docs/glossary.md#${anchor})`));
    expect(unused.map(({ term }) => term)).to.deep.equal([]);
  });

  it('is linked where a lesson uses a term for the first time', () => {
    const lessons = listSteps().map(({ id, folder }) => ({
      id,
      prose: proseOf(fs.readFileSync(path.join(folder, 'README.md'), 'utf8')),
    }));
    const late = terms.flatMap(({ term, anchor }) => {
      for (const { id, prose } of lessons) {
        const use = prose.search(useOf(term));
        const link = prose.search(
          new RegExp(`\\[[^\\]]*\\]\\(\\.\\./\\.\\./docs/glossary\\.md#${anchor}\\)`),
        );
        if (use < 0 && link < 0) continue;
        if (link >= 0 && (use < 0 || link <= use)) return [];
        const line = prose.slice(0, use).split('\n').length;
        return `${term}: step ${id}, line ${line}, uses it first, and without a link`;
      }
      return [];
    });
    expect(late).to.deep.equal([]);
  });

  it('finds the first use of a term in prose, whatever its number and its case', () => {
    const text = '# Roles\n\n`ROLE` and `role:x`\n\n```sh\nrole\n```\n\nEach user has\nroles.\n';
    const prose = proseOf(text);
    expect(prose.slice(0, prose.search(useOf('Role'))).split('\n')).to.have.length(10);
    expect(proseOf('a `state`').search(useOf('State'))).to.equal(2);
    expect('a controller'.search(useOf('Role'))).to.equal(-1);
    expect('the access\ntoken'.search(useOf('Access token'))).to.equal(4);
  });
});

/** A use of a term in prose, in singular or plural, over the end of a line. */
const useOf = (term: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9-])\`?${term.replaceAll(' ', '\\s+')}(?:s|es)?(?![A-Za-z0-9-])`, 'i');

/** What a lesson says in sentences, each in its place: no headings, questions, code and addresses but links to the glossary. */
function proseOf(lesson: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  return lesson
    .replace(/^```[\s\S]*?^```$/gm, blank)
    .replace(/^## Check yourself\n[\s\S]*?(?=^## )/m, blank)
    .replace(/^#.*$/gm, blank)
    .replace(/`[^`\n]*`/g, (code) => (/^`[a-z]+`$/.test(code) ? code : blank(code)))
    .replace(/\]\((?!\S*glossary\.md)[^)]*\)/g, blank);
}
