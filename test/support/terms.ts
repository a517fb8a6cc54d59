/** `prose` is for contributors: comments and titles of tests. `reader` is for users: lessons, docs, pages, messages. */
export type Place = 'file' | 'prose' | 'identifier' | 'reader';

/** A word that has a standard term. Identifiers are compared as words: `isKept` is "is Kept". */
export interface Term {
  word: RegExp;
  /** What to write instead. */
  term: string;
  /** Where the word is right, because it has its plain meaning there. */
  right?: RegExp;
  /** The only places where it is wrong; every place by default. */
  only?: readonly Place[];
}

export const TERMS: readonly Term[] = [
  { word: /\b(weather|forecasts?|as always)\b/i, term: 'fault injection, fault configuration, no faults' },
  { word: /\bfine\b/i, term: 'no faults, right' },
  { word: /\b(witness(es)?|testimon(y|ies))\b/i, term: 'agent, event' },
  {
    word: /\b(told|tells?|telling|spoken of)\b/i,
    term: 'report, reported, evidence',
    right: /\b(tell \d+ from|can(['’]|no)t tell)\b/gi,
  },
  // A text says something. Nobody is said to do something.
  { word: /\b(is|are|was|were|been|be) said\b/i, term: 'reported', only: ['prose'] },
  { word: /\bsaid\b/i, term: 'reported, message', only: ['identifier'] },
  { word: /\b(kept|stay(s|ed|ing)?)\b/i, term: 'stored, retained, remains', right: /\bchanges are kept\b/gi },
  { word: /\b(spares?|warm(s|ed|er)?)\b/i, term: 'prewarmed', right: /\bwarm(s|ed)?[ -_]?up\b/gi },
  { word: /\b(lookout|whereabouts)\b/i, term: 'stack sampler, current location' },
  { word: /\b(standstill|stranded|in a circle)\b/i, term: 'startup hang, infinite loop, unresolved at exit' },
  { word: /\b(lays?|laid|laying)[ -](over|out|the|what)\b/i, term: 'merge into' },
  { word: /\bholes?\b/i, term: 'exercise, TODO' },
  { word: /\bwrong[ -]turns?\b/i, term: 'mistake' },
  { word: /\b(in|an|the) accepts\b/i, term: 'alternative solutions' },
  { word: /\b(courses?|conversations?)\b/i, term: 'trace, sample login', right: /\bof course\b/gi },
  { word: /\bslips?\b/i, term: 'likely cause' },
  { word: /\b(a|the|its|no|this|each) marks?\b/i, term: 'annotation, checksum', only: ['prose'] },
  { word: /\bstamps?\b/i, term: 'file versions' },
  { word: /\bmend(s|ed|ing)?\b/i, term: 'fix' },
  { word: /\banew\b/i, term: 'again' },
  { word: /\bin hand\b/i, term: 'current' },
  { word: /\bapart\b/i, term: 'isolated, separate', right: /\bapart from\b/gi },
  { word: /\bnot so\b/i, term: 'incorrect', right: /\bnot so (often|many|long)\b/gi },
  { word: /\bslots?\b/i, term: 'pending login' },
  // An app proves to the tenant who it is. A lesson is verified.
  { word: /\bproved\b/i, term: 'verified' },
  { word: /\bparty\b/i, term: 'lib', only: ['file'], right: /\bparty (commands|mixins)\b/g },
  { word: /\blog-(in|out)s?\b/i, term: 'login, logout' },
  ...[
    {
      word: /\b(stands?|stood)\b/i,
      term: 'is, is listed',
      right: /\b(stands? for|stands? in the way|stand-ins?)\b/gi,
    },
    {
      word: /(?<=^|[.!] |['"`])(What|Who|Whoever|Whatever)\b[^.?!|:]*\.(?=\s|$|['"`])/,
      term: 'the subject first',
    },
    { word: /\bso (it is|is it) with\b/i, term: 'the same applies to' },
    { word: /\bof (yours|ours)\b/i, term: 'your, our' },
    { word: /\b(is|are|was) got\b/i, term: 'receive, get' },
    { word: /\bnobody['’]s\b/i, term: 'not … any' },
    { word: /\bmay (anyone|anybody|any)\b/i, term: 'can be any' },
    { word: /\bit is (reported|written|shown|known) that\b/i, term: 'the subject first' },
  ].map((one) => ({ ...one, only: ['reader'] as const })),
];

/** @returns each word of a text that has a standard term, with that term. */
export function wrongIn(text: string, place: Place): string[] {
  const places = place === 'reader' ? [place, 'prose' as const] : [place];
  return TERMS.filter(({ only }) => !only || places.some((one) => only.includes(one))).flatMap(
    ({ word, term, right }) => {
      const found = word.exec(right ? text.replace(right, '') : text)?.[0];
      return found === undefined ? [] : [`${found} (instead: ${term})`];
    },
  );
}
