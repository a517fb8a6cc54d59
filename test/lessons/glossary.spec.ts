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
});
