import { isDeepStrictEqual } from 'node:util';
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { merge } from '../../lib/merge';
import { own } from '../../lib/own';
import { fillPlaceholders, markPlaceholders, unmarkPlaceholders } from './placeholders';
import { documentValue, isMerge, keepNames, mergedInto, parseYaml } from './yaml';

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** With placeholders filled, and nothing shared between two places. */
export function yamlValue(text: string, env: NodeJS.ProcessEnv): Plain {
  const document = parseYaml(markPlaceholders(text, env));
  fillPlaceholders(document, env);
  return JSON.parse(unmarkPlaceholders(JSON.stringify(documentValue(document) ?? null))) as Plain;
}

export const filled = (value: Plain, env: NodeJS.ProcessEnv): Plain => yamlValue(JSON.stringify(value), env);

/** The same YAML text with another value; unchanged lines keep comments, order, quotes, anchors and placeholders. The
 * value goes into the parsed document, whose changes in the library's style are merged into the original text. */
export function edited(text: string, wanted: Plain, env: NodeJS.ProcessEnv): string {
  const now = yamlValue(text, env);
  if (isDeepStrictEqual(now, wanted)) return text;
  const marked = markPlaceholders(text, env);
  const style = styleOf(marked);
  const meant = filled(wanted, env);
  // If places that share an anchor conflict, each gets its own copy.
  for (const shared of [true, false]) {
    const document = parseYaml(marked);
    keepNames(document, false);
    const before = document.toString(style);
    const editor = new Editor(document);
    if (!shared) editor.unshare();
    const after = safely(() => {
      document.contents = editor.become(document.contents, now, wanted) as typeof document.contents;
      return document.toString(style);
    });
    if (after === undefined) continue;
    const merged = merge({ mine: marked, base: before, theirs: after }, 'new').text;
    // A line merge does not know YAML: if its result is wrong, use the document's own text.
    for (const result of [merged, after].map(unmarkPlaceholders))
      if (
        isDeepStrictEqual(
          safely(() => yamlValue(result, env)),
          meant,
        )
      )
        return result;
  }
  throw new Error('tenant.yaml cannot be written with this change');
}

class Editor {
  constructor(private readonly document: Document.Parsed) {}

  /** The node for a value, with as few changes of the existing node as possible. */
  become(node: unknown, now: Plain | undefined, wanted: Plain): unknown {
    if (isDeepStrictEqual(now, wanted)) return node;
    if (isAlias(node)) return this.become(this.#ownCopy(node), now, wanted);
    // Other places that share it keep their value.
    if (isNode(node)) this.#handOn(node);
    if (isMap(node) && isObject(now) && isObject(wanted)) return this.#map(node, now, wanted);
    if (isSeq(node) && Array.isArray(now) && Array.isArray(wanted)) return this.#list(node, now, wanted);
    if (isScalar(node) && !isObject(wanted) && !Array.isArray(wanted)) {
      node.value = wanted;
      // The source text belongs to the old value.
      delete node.source;
      return node;
    }
    this.#rescueAnchors(node);
    return this.#created(wanted, node);
  }

  #map(map: YAMLMap, now: Record<string, Plain>, wanted: Record<string, Plain>): YAMLMap {
    this.#keepMerges(map, wanted);
    for (const pair of [...map.items]) {
      if (isMerge(pair)) continue;
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
      const value = own(wanted, key);
      if (value === undefined) this.#remove(map.items, pair);
      else pair.value = this.become(pair.value, own(now, key), value);
    }
    for (const [key, value] of Object.entries(wanted)) {
      // A merged entry remains merged unless its value changes.
      if (Object.hasOwn(now, key) && (this.#own(map, key) || isDeepStrictEqual(now[key], value))) continue;
      const pair = this.document.createPair(key, this.#created(value));
      keepNames(pair, true);
      // An empty line separates sections.
      if (map === this.document.contents && map.items.length > 0 && isScalar(pair.key))
        pair.key.spaceBefore = true;
      map.items.push(pair as (typeof map.items)[number]);
    }
    return map;
  }

  /** If a merged entry must go, the others are written into the map instead of the merge key. */
  #keepMerges(map: YAMLMap, wanted: Record<string, Plain>): void {
    const merges = map.items.filter(isMerge);
    if (merges.length === 0) return;
    const sources = mergedInto(map, this.document).map((source) => this.#value(source));
    const merged = Object.assign({}, ...sources.toReversed()) as Record<string, Plain>;
    if (Object.keys(merged).every((key) => Object.hasOwn(wanted, key))) return;
    const at = map.items.indexOf(merges[0] as Pair);
    const written = Object.entries(merged)
      .filter(([key]) => Object.hasOwn(wanted, key) && !this.#own(map, key))
      .map(([key, value]) => this.document.createPair(key, this.#created(value)));
    for (const pair of written) keepNames(pair, true);
    for (const pair of merges) this.#remove(map.items, pair);
    map.items.splice(at, 0, ...(written as typeof map.items));
  }

  #own(map: YAMLMap, key: string): boolean {
    return map.items.some(
      (pair) => !isMerge(pair) && String(isScalar(pair.key) ? pair.key.value : pair.key) === key,
    );
  }

  #value(node: Node): Record<string, Plain> {
    return plain(node.toJS(this.document, { maxAliasCount: -1 })) as Record<string, Plain>;
  }

  /** Matches items as they were, else by their names, so that their comments remain. */
  #list(list: YAMLSeq, now: Plain[], wanted: Plain[]): YAMLSeq {
    const left = list.items.map((node, i) => ({ node, value: now[i] as Plain }));
    const take = (fits: (value: Plain) => boolean) => {
      const found = left.findIndex(({ value }) => fits(value));
      return found < 0 ? undefined : left.splice(found, 1)[0];
    };
    const unchanged = wanted.map((value) => take((one) => isDeepStrictEqual(one, value)));
    const items = wanted.map((value, i) => {
      const name = nameOf(value);
      const found = unchanged[i] ?? (name === undefined ? undefined : take((one) => nameOf(one) === name));
      return { value, found };
    });
    // A renamed item, if nothing was added or removed.
    const unnamed = items.filter(({ found }) => !found);
    if (unnamed.length === left.length) for (const one of unnamed) one.found = left.shift();
    // An empty list is always in one line, which says nothing about its style.
    if (list.items.length === 0) list.flow = false;
    const example = list.items.at(-1);
    for (const { node } of left) this.#rescueAnchors(node);
    list.items = items.map(({ value, found }) => {
      if (found) return this.become(found.node, found.value, value);
      const node = this.#created(
        value,
        undefined,
        list.flow === true || (isCollection(example) && example.flow === true),
      );
      if (isNode(node) && isNode(example) && example !== list.items[0])
        node.spaceBefore = example.spaceBefore === true;
      return node;
    });
    return list;
  }

  #remove(items: unknown[], item: { value: unknown }): void {
    items.splice(items.indexOf(item), 1);
    this.#rescueAnchors(item.value);
  }

  #created(value: Plain, before?: unknown, flow = false): Node {
    const node = this.document.createNode(value, { flow: flow && typeof value === 'object' }) as Node;
    keepNames(node, true);
    if (isNode(before)) {
      node.commentBefore = before.commentBefore ?? null;
      node.comment = before.comment ?? null;
      node.spaceBefore = before.spaceBefore === true;
    }
    return node;
  }

  /** Gives every alias its own copy. */
  unshare(): void {
    visit(this.document, { Alias: (_key, alias) => this.#ownCopy(alias) });
    visit(this.document, { Node: (_key, node) => dropAnchor(node) });
  }

  #ownCopy(alias: Alias): Node {
    const copy = alias.resolve(this.document)?.clone() as Node;
    visit(copy, { Node: (_key, node) => dropAnchor(node) });
    return copy;
  }

  /** Moves a node's anchor to the first other place that uses it, with the current value. */
  #handOn(node: Node): void {
    const anchor = anchorOf(node);
    if (anchor === undefined) return;
    const inside = new Set<unknown>();
    visit(node, (_key, one) => {
      inside.add(one);
    });
    let done = false;
    visit(this.document, {
      Alias: (_key, alias) => {
        if (done || alias.source !== anchor || inside.has(alias)) return undefined;
        done = true;
        return node.clone() as Node;
      },
    });
    dropAnchor(node);
  }

  /** The same for all nodes inside. */
  #rescueAnchors(gone: unknown): void {
    if (!isNode(gone)) return;
    const anchored: Node[] = [];
    visit(gone, { Node: (_key, node) => void (anchorOf(node) !== undefined && anchored.push(node)) });
    for (const node of anchored) this.#handOn(node);
  }
}

const anchorOf = (node: Node): string | undefined =>
  isAlias(node) ? undefined : ((node as { anchor?: string }).anchor ?? undefined);

function dropAnchor(node: Node): void {
  if (!isAlias(node)) delete (node as { anchor?: string }).anchor;
}

const NAMES = `identifier client_id audience name value permission_name resource_server_identifier action_name
  key`.split(/\s+/);

/** Identifies the same item in two versions of a list. */
function nameOf(value: Plain): string | undefined {
  if (!isObject(value)) return undefined;
  const parts = NAMES.filter((key) => typeof value[key] === 'string').map((key) => `${key}=${value[key]}`);
  return parts.length > 0 ? parts.join('\n') : undefined;
}

const isObject = (value: unknown): value is Record<string, Plain> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The writer's style as far as the library supports it: fewer lines to merge. */
function styleOf(text: string) {
  const indented = /^[^\s#-].*:[^\S\n]*(?:#.*)?\n(?:[^\S\n]*(?:#.*)?\n)*([^\S\n]+)\S/m.exec(text)?.[1]
    ?.length;
  return {
    lineWidth: 0,
    indent: indented ?? 2,
    indentSeq: !/^[^\s#-].*:[^\S\n]*(?:#.*)?\n(?:#.*\n)*- /m.test(text),
    flowCollectionPadding: count(text, /[{[] /g) >= count(text, /[{[][^\s\]}]/g),
  };
}

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

const plain = (value: unknown): Plain => JSON.parse(JSON.stringify(value ?? null)) as Plain;

function safely<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
