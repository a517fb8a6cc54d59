import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';

/** Like auth0-deploy-cli's parser, with the merge key `<<` of YAML 1.1. */
export const parseYaml = (text: string, lineCounter?: LineCounter): Document.Parsed =>
  parseDocument(text, { merge: true, uniqueKeys: true, ...(lineCounter ? { lineCounter } : {}) });

/** Check it with `mistakesOfAliases` before: this has no limits. */
export const documentValue = (document: Document.Parsed): unknown => document.toJS({ maxAliasCount: -1 });

/** Whether an entry is a merge key; a quoted `<<` is a name. */
export function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (key.type === undefined || key.type === Scalar.PLAIN) && isMergeKey(key.value);
}

const isMergeKey = (value: unknown) => value === '<<' || (value as symbol)?.description === '<<';

/** The maps that a map merges; the first one wins, and other types are skipped. */
export function mergedInto(map: YAMLMap, document: Document.Parsed): YAMLMap[] {
  return map.items.filter(isMerge).flatMap(({ value }) => {
    const source = resolved(value, document);
    const listed = isSeq(source) ? source.items.map((one) => resolved(one, document)) : [source];
    return listed.filter((one): one is YAMLMap => isMap(one));
  });
}

const resolved = (node: unknown, document: Document.Parsed): unknown =>
  isAlias(node) ? node.resolve(document) : node;

/** Quotes keys named `<<`, since the library omits their quotes.
 * @param made whether the node was made from a value, which has no merge keys. */
export function keepNames(node: Node | Pair | Document, made: boolean): void {
  visit(node as Node, {
    Pair: (_key, pair) => {
      if (!isScalar(pair.key) || !isMergeKey(pair.key.value) || (!made && isMerge(pair))) return;
      const name = new Scalar('<<');
      name.type = Scalar.QUOTE_DOUBLE;
      name.tag = 'tag:yaml.org,2002:str';
      pair.key = name;
    },
  });
}

/** Nodes of a file after each alias is replaced; a large export has some ten thousand. */
const MOST_NODES = 1_000_000;

/** Mistakes of aliases and merge keys, each with its node; undefined means the whole file. */
export function mistakesOfAliases(document: Document.Parsed): { node: Node | undefined; message: string }[] {
  const found: { node: Node | undefined; message: string }[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (!alias.resolve(document))
        found.push({
          node: alias as Node,
          message: `*${alias.source} has no anchor &${alias.source} before it`,
        });
    },
    Pair: (_key, pair) => {
      if (!isMerge(pair)) return;
      const source = resolved(pair.value, document);
      const all = isSeq(source) ? source.items.map((one) => resolved(one, document)) : [source];
      // A missing anchor is reported above.
      if (all.some((one) => one !== undefined && !isMap(one)))
        found.push({
          node: pair.key as Node,
          message: '<< takes the entries of a map, as in "<<: *name", or of a list of maps',
        });
    },
  });
  if (found.length === 0 && sizeOf(document.contents, document, new Map()) > MOST_NODES)
    found.push({
      node: undefined,
      message: 'uses aliases (*name) so often, or inside of themselves, that it would fill the memory',
    });
  return found;
}

/** Nodes after aliases are replaced; infinite for a node that contains itself. */
function sizeOf(node: unknown, document: Document.Parsed, known: Map<unknown, number>): number {
  const before = known.get(node);
  if (before !== undefined) return before;
  if (isAlias(node)) return sizeOf(node.resolve(document), document, known);
  if (!isNode(node) && !isPair(node)) return 1;
  known.set(node, Number.POSITIVE_INFINITY);
  const inside: unknown[] = isPair(node)
    ? [node.key, node.value]
    : isMap(node) || isSeq(node)
      ? node.items
      : [];
  const size = inside.reduce<number>((sum, one) => sum + sizeOf(one, document, known), 1);
  known.set(node, size);
  return size;
}
