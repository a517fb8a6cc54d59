import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { ROOT } from '../shared/lib/places';

type Place = 'file' | 'prose' | 'identifier';

/** A word that has a standard term. Identifiers are compared as words: `isKept` is "is Kept". */
interface Term {
  word: RegExp;
  /** What to write instead. */
  term: string;
  /** Where the word is right, because it has its plain meaning there. */
  right?: RegExp;
  /** The only places where it is wrong; every place by default. */
  only?: readonly Place[];
}

const TERMS: readonly Term[] = [
  { word: /\b(weather|forecasts?|as always)\b/i, term: 'fault injection, fault configuration, no faults' },
  { word: /\bfine\b/i, term: 'no faults, right' },
  { word: /\b(witness(es)?|testimon(y|ies))\b/i, term: 'agent, event' },
  { word: /\b(told|tells?|telling|spoken of)\b/i, term: 'report, reported, evidence' },
  // A text says something. Nobody is said to do something.
  { word: /\b(is|are|was|were|been|be) said\b/i, term: 'reported', only: ['prose'] },
  { word: /\bsaid\b/i, term: 'reported, message', only: ['identifier'] },
  { word: /\b(kept|stay(s|ed|ing)?)\b/i, term: 'stored, retained, remains' },
  { word: /\b(spares?|warm(s|ed|er)?)\b/i, term: 'prewarmed', right: /\bwarm(s|ed)?[ -_]?up\b/i },
  { word: /\b(lookout|whereabouts)\b/i, term: 'stack sampler, current location' },
  { word: /\b(standstill|stranded|in a circle)\b/i, term: 'startup hang, infinite loop, unresolved at exit' },
  { word: /\b(lays?|laid|laying)[ -](over|out|the|what)\b/i, term: 'merge into' },
  { word: /\bholes?\b/i, term: 'exercise, TODO' },
  { word: /\bwrong[ -]turns?\b/i, term: 'mistake' },
  { word: /\b(in|an|the) accepts\b/i, term: 'alternative solutions' },
  { word: /\b(courses?|conversations?)\b/i, term: 'trace, sample login', right: /\bof course\b/i },
  { word: /\bslips?\b/i, term: 'likely cause' },
  { word: /\b(a|the|its|no|this|each) marks?\b/i, term: 'annotation, checksum', only: ['prose'] },
  { word: /\bstamps?\b/i, term: 'file versions' },
  { word: /\bmend(s|ed|ing)?\b/i, term: 'fix' },
  { word: /\banew\b/i, term: 'again' },
  { word: /\bin hand\b/i, term: 'current' },
  { word: /\bapart\b/i, term: 'isolated, separate', right: /\bapart from\b/i },
  { word: /\bnot so\b/i, term: 'incorrect', right: /\bnot so (often|many|long)\b/i },
  { word: /\bslots?\b/i, term: 'pending login' },
  // An app proves to the tenant who it is. A lesson is verified.
  { word: /\bproved\b/i, term: 'verified' },
  { word: /\bparty\b/i, term: 'lib', only: ['file'], right: /\bparty (commands|mixins)\b/ },
  { word: /\blog-(in|out)s?\b/i, term: 'login, logout' },
];

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
const sources = files.filter((file) => /\.[jt]s$/.test(file) && !file.endsWith('words.spec.ts'));

function wrongIn(text: string, place: Place): string[] {
  return TERMS.flatMap(({ word, term, right, only }) => {
    const found = word.exec(text)?.[0];
    if (found === undefined || right?.test(text) || (only && !only.includes(place))) return [];
    return [`${found} (instead: ${term})`];
  });
}

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
