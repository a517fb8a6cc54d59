import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { ROOT } from '../shared/lib/places';

/** Words that have a standard term, and that term. */
const TERMS = [
  [/\b(witness(es)?|testimon(y|ies))\b/i, 'agent, event'],
  [/\b(lookout|whereabouts)\b/i, 'stack sampler, current location'],
  [/\b(standstill|stranded)\b/i, 'startup hang, unresolved at exit'],
  [/\b(lays? over|laid[ -]over)\b/i, 'merge into'],
  [/\b(holes?|open hole)\b/i, 'exercise'],
  [/\bwrong[ -]turns?\b/i, 'mistake'],
  [/\bspoken of\b/i, 'reported'],
  [/\bstamps?\b/i, 'file versions'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\banew\b/i, 'again'],
  [/\blog-(in|out)s?\b/i, 'login, logout'],
] as const;

/** Apps that other people wrote. */
const FOREIGN = path.join('test', 'corpus');

const files = ['shared', 'test', 'steps'].flatMap((folder) =>
  fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => !file.startsWith(FOREIGN) && !file.includes('node_modules')),
);

const wrongIn = (text: string): string[] =>
  TERMS.flatMap(([words, term]) => {
    const found = words.exec(text)?.[0];
    return found === undefined ? [] : [`${found} (instead: ${term})`];
  });

/** Comments of a source text, and the titles of its tests. */
function proseIn(text: string): string[] {
  const prose = [...text.matchAll(/\b(?:it|describe)\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) => title);
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text);
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan())
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia)
      prose.push(scanner.getTokenText());
  return prose;
}

describe('standard terms', () => {
  it('are found where they are missing', () => {
    const text = "it('mends a log-in', () => {}); /* the witness */ // a hole\nconst hole = 'laid over';\n";
    expect(proseIn(text).flatMap(wrongIn)).to.deep.equal([
      'mends (instead: fix)',
      'log-in (instead: login, logout)',
      'witness (instead: agent, event)',
      'hole (instead: exercise)',
    ]);
  });

  it('name files and folders', () => {
    const wrong = files.flatMap((file) => wrongIn(path.basename(file)).map((one) => `${file}: ${one}`));
    expect(wrong).to.deep.equal([]);
  });

  it('are used in comments and titles of tests', () => {
    const sources = files.filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('words.spec.ts'));
    const wrong = sources.flatMap((file) =>
      proseIn(fs.readFileSync(path.join(ROOT, file), 'utf8')).flatMap((text) =>
        wrongIn(text).map((one) => `${file}: ${one} in ${text.slice(0, 80)}`),
      ),
    );
    expect(wrong).to.deep.equal([]);
  });
});
