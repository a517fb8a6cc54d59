import type { YAMLParseError } from 'yaml';

/** Plainer words for common mistakes. */
const PLAIN: [RegExp, string][] = [
  [
    /^Implicit map keys need to be followed|^Implicit keys need to be on a single line/,
    'a word without a colon, where "name: value" is expected',
  ],
  [
    /^All mapping items must start|^Sequence item without - indicator/,
    'the line is at another depth than the lines it belongs to: entries of one object, and of one list, begin in the same column',
  ],
  [
    /^Nested mappings are not allowed in compact/,
    'a second colon in one line, or a line that is deeper than the value above it: put a text with ": " into quotes, or begin the line further left',
  ],
  [/^Tabs are not allowed/, 'a tab before the first word: use spaces'],
  [
    /^Unexpected scalar at node end/,
    'something follows a complete value: after its closing quote or bracket, or as a line at another depth than those before it',
  ],
  [/^Flow (?:sequence|map)/, 'a [ or { is not closed by its ] or }, or that is too far left'],
  [/^Missing closing/, 'a quotation mark is not closed'],
  [/^Plain value cannot start with/, 'a text that begins with a sign such as @, % or ` must be in quotes'],
];

/** What is wrong with unreadable YAML; in the library's words where there are no plainer ones. */
export function yamlMistake({ code, message }: YAMLParseError): string {
  const [own = message] = message.split(/ at line \d+/);
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; one is wanted';
  const plain = PLAIN.find(([pattern]) => pattern.test(own))?.[1];
  return plain ? `${plain} (YAML: ${own})` : own;
}
