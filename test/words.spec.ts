import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { ROOT } from '../shared/lib/places';
import { TERMS, wrongIn } from './support/terms';

/** Names that programs and stored files rely on: fields of `--json` and of progress.yaml. */
const FIELDS = new Set(['mend', 'holes', 'inHand', 'kept']);
/** Of other standards and libraries, as their names are. */
const STANDARD = new Set(['Marked']);

/** Apps that other people wrote. */
const FOREIGN = path.join('test', 'corpus');

const files = ['shared', 'test', 'steps'].flatMap((folder) =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => !file.startsWith(FOREIGN) && !file.includes('node_modules')),
);
/** Files that have the words as their subject. */
const OWN = /words\.spec\.ts$|prose\.spec\.ts$|support.terms\.ts$/;
const sources = files.filter((file) => /\.[jt]s$/.test(file) && !OWN.test(file));

/** The comments of a source text, the titles of its tests, and its identifiers. */
function wordsOf(text: string): { prose: string[]; identifiers: string[] } {
  const prose = [...text.matchAll(/\b(?:it|describe)\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) => title);
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan())
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia)
      prose.push(scanner.getTokenText());
  // Only a parser distinguishes names from the words of a template.
  const identifiers = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) identifiers.add(node.text.replace('#', ''));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('words.ts', text, ts.ScriptTarget.Latest));
  return { prose, identifiers: [...identifiers] };
}

const spaced = (name: string) => name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[_-]/g, ' ');

describe('standard terms', () => {
  it('are found where they are missing', () => {
    const text =
      "it('mends a log-in', () => {}); /* the witness */ // a hole\nconst toldOnce = 'laid over';\n";
    const { prose, identifiers } = wordsOf(text);
    expect(prose.flatMap((one) => wrongIn(one, 'prose'))).to.deep.equal([
      'mends (instead: fix)',
      'log-in (instead: login, logout)',
      'witness (instead: agent, event)',
      'hole (instead: exercise, TODO)',
    ]);
    expect(identifiers.flatMap((one) => wrongIn(spaced(one), 'identifier'))).to.deep.equal([
      'told (instead: report, reported, evidence)',
    ]);
  });

  it('name files and folders', () => {
    const wrong = files.flatMap((file) =>
      wrongIn(spaced(path.basename(file)), 'file').map((one) => `${file}: ${one}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('are used in comments, titles of tests and identifiers', () => {
    const wrong = sources.flatMap((file) => {
      const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
      // Most files have none of the words at all.
      const all = spaced(text);
      if (!TERMS.some(({ word }) => word.test(all))) return [];
      const { prose, identifiers } = wordsOf(text);
      return [
        ...prose.flatMap((one) => wrongIn(one, 'prose').map((what) => `${what} in ${one.slice(0, 80)}`)),
        ...identifiers
          .filter((name) => !FIELDS.has(name) && !STANDARD.has(name))
          .flatMap((name) => wrongIn(spaced(name), 'identifier').map((one) => `${one}: ${name}`)),
      ].map((one) => `${file}: ${one}`);
    });
    expect(wrong).to.deep.equal([]);
  });
});
