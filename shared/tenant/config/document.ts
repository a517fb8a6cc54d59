import { readFile } from 'node:fs/promises';
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type YAMLMap } from 'yaml';
import type { z } from 'zod';
import { printable } from '../../lib/printable';
import { UserError } from '../../lib/user-error';
import { encodingMistake } from './file-text';
import { type Path, pathText } from './path';
import { fillPlaceholders, markPlaceholders, unmarkPlaceholders } from './placeholders';
import { unknownKey } from './unknown-key';
import { documentValue, isMerge, mergedInto, mistakesOfAliases, parseYaml } from './yaml';
import { yamlMistake } from './yaml-errors';

export interface ConfigurationProblem {
  file: string;
  /** E.g. clients[0].callbacks[1]; empty for the whole file. */
  path: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

export class ConfigurationError extends UserError {
  override name = 'ConfigurationError';
  constructor(
    readonly problems: ConfigurationProblem[],
    /** Files that it names, with whether they existed: a missing one may be created now. */
    readonly alsoRead: ReadonlyMap<string, boolean> = new Map(),
  ) {
    // Further lines of a message are indented, so that none looks like another problem.
    const lines = problems.map(
      ({ file, line, path, message }) =>
        `  ${file}:${line}  ${path ? `${printable(path)}: ` : ''}${message.replace(/\r\n?|\n/g, '\n      ')}`,
    );
    super(
      `The tenant's configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${lines.join('\n')}`,
    );
  }
}

/** A YAML or JSON file with the line of each value. */
export class SourceFile {
  readonly problems: ConfigurationProblem[] = [];
  /** Files that this one names, each with whether it existed. */
  readonly alsoRead = new Map<string, boolean>();
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #readable: boolean;

  private constructor(
    readonly file: string,
    readonly text: string,
    env: NodeJS.ProcessEnv | undefined,
  ) {
    const source = env ? markPlaceholders(text, env) : text;
    this.#document = parseYaml(source, this.#lines);
    for (const error of this.#document.errors)
      this.#add(error.linePos?.[0].line ?? 1, '', yamlMistake(error));
    for (const { node, message } of mistakesOfAliases(this.#document))
      this.#add(this.#lineAt(node?.range?.[0]), '', message);
    // The last of two equal keys counts, and the rest of the file can be checked.
    this.#readable =
      this.problems.length === this.#document.errors.filter((e) => e.code === 'DUPLICATE_KEY').length;
    if (env && this.#readable) fillPlaceholders(this.#document, env);
  }

  /** @param env for placeholders; without it they are plain text. @param absent the text of a missing file; without
   * it a missing file is a mistake. @throws ConfigurationError when the file cannot be read. */
  static async read(file: string, env?: NodeJS.ProcessEnv, absent?: string): Promise<SourceFile> {
    try {
      const bytes = await readFile(file);
      const mistake = encodingMistake(bytes);
      if (mistake) throw new ConfigurationError([{ file, path: '', line: 1, message: mistake }]);
      return new SourceFile(file, bytes.toString('utf8'), env);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && absent !== undefined) return new SourceFile(file, absent, env);
      const plainer =
        { ENOENT: 'the file does not exist', EISDIR: 'is a folder; name the file in it' }[code ?? ''] ??
        message;
      throw new ConfigurationError([{ file, path: '', line: 1, message: plainer }]);
    }
  }

  /** From text that was read, or is about to be written. */
  static of(file: string, text: string, env?: NodeJS.ProcessEnv): SourceFile {
    return new SourceFile(file, text, env);
  }

  /** The raw value, with unset placeholders still marked; undefined for an empty or unreadable file. */
  value(): unknown {
    return this.#readable ? (documentValue(this.#document) ?? undefined) : undefined;
  }

  /** The line of a key or list item, or of its nearest existing parent. */
  lineOf(path: Path): number {
    let node: unknown = this.#document.contents;
    let start = isNode(node) ? node.range?.[0] : undefined;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = this.#entry(node, String(part));
        if (isNode(pair?.key) && pair.key.range) start = pair.key.range[0];
        node = pair?.value;
      } else {
        node = isSeq(node) ? node.items[Number(part)] : undefined;
        if (isNode(node) && node.range) start = node.range[0];
      }
      if (node === undefined) break;
    }
    return this.#lineAt(start);
  }

  add(path: Path, message: string): void {
    this.#add(this.lineOf(path), pathText(path), message);
  }

  addAt(line: number, message: string): void {
    this.#add(line, '', message);
  }

  /** Adds each mistake; returns the value with defaults when there is none.
   * @param at the value's path in the file. */
  check<S extends z.ZodType>(schema: S, value: unknown, at: Path = []): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const reported = new Set(this.problems.map((problem) => problem.path));
    for (const issue of result.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys)
          this.add([...at, ...issue.path, key], unknownKey(key, schema, value, issue.path, at));
        // One mistake for each path: a missing placeholder causes several.
      } else if (issue.path.length === 0 || !reported.has(pathText([...at, ...issue.path])))
        this.add([...at, ...issue.path], plain(issue));
    }
    return undefined;
  }

  /** Adds a mistake for each entry whose text under `key` an earlier one has. E-mail addresses ignore letter case. */
  once(entries: readonly { value: unknown; path: Path }[], key: string): void {
    const seen = new Set<string>();
    for (const { value, path } of entries) {
      const text = (value as Record<string, unknown> | null)?.[key];
      if (typeof text !== 'string') continue;
      const compared = key === 'email' ? text.toLowerCase() : text;
      if (seen.has(compared)) this.add([...path, key], `is listed twice: ${text}`);
      seen.add(compared);
    }
  }

  /** @throws ConfigurationError with all mistakes, in the order of the file. */
  throwIfWrong(): void {
    if (this.problems.length > 0)
      throw new ConfigurationError(
        this.problems.toSorted((a, b) => a.line - b.line),
        this.alsoRead,
      );
  }

  /** A map's own entry, or one from a merge key. */
  #entry(map: YAMLMap, name: string): YAMLMap['items'][number] | undefined {
    const own = map.items.findLast(
      (pair) => !isMerge(pair) && String(isScalar(pair.key) ? pair.key.value : pair.key) === name,
    );
    if (own) return own;
    for (const source of mergedInto(map, this.#document)) {
      const found = this.#entry(source, name);
      if (found) return found;
    }
    return undefined;
  }

  #add(line: number, path: string, message: string): void {
    this.problems.push({ file: this.file, path: unmarkPlaceholders(path), line, message });
  }

  #lineAt(offset: number | undefined): number {
    return offset === undefined ? 1 : this.#lines.linePos(offset).line;
  }
}

/** Reports what is not JSON: the file is parsed as YAML for its lines, and a real tenant imports JSON only.
 * @param wanted what the file must contain: "an array of users, [ … ]". */
export function mustBeJson(source: SourceFile, wanted: string): void {
  if (source.problems.length > 0) return;
  // Windows programs write a byte order mark, which JSON does not allow.
  const text = source.text.replace(/^\uFEFF/, '');
  try {
    JSON.parse(text);
  } catch (error) {
    // Not every message has a position. The most common cause is this comma.
    const comma = text.search(/,\s*[\]}]/);
    const position = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? Math.max(comma, 0));
    const hint = comma === position ? 'remove the comma before ] or }' : `it must be ${wanted}`;
    source.addAt(text.slice(0, position).split('\n').length, `is not JSON: ${hint}`);
  }
}

function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined && issue.message.includes('undefined')
      ? 'is missing'
      : `must be ${article(issue.expected)}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big')
    return `must ${issue.origin === 'array' ? 'have' : 'be'} at most ${issue.maximum}${issue.origin === 'array' ? ' entries' : ''}`;
  if (issue.code === 'too_small') {
    if (issue.origin !== 'string') return `must be at least ${issue.minimum}`;
    return issue.minimum === 1 ? 'must not be empty' : `must have at least ${issue.minimum} characters`;
  }
  return issue.message;
}

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);
