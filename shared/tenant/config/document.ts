import { readFile } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../../party/user-error';

export interface ConfigurationProblem {
  file: string;
  /** Where in the file, e.g. clients[0].callbacks[1]; empty for the file as a whole. */
  path: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

/** Every mistake in the tenant's files, each with its path and line. */
export class ConfigurationError extends UserError {
  override name = 'ConfigurationError';
  constructor(readonly problems: ConfigurationProblem[]) {
    const lines = problems.map((p) => `  ${p.file}:${p.line}  ${p.path ? `${p.path}: ` : ''}${p.message}`);
    super(
      `The tenant's configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${lines.join('\n')}`,
    );
  }
}

export type Path = readonly PropertyKey[];

/** A YAML or JSON file that knows on which line each of its values stands. */
export class SourceFile {
  readonly problems: ConfigurationProblem[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;

  private constructor(
    readonly file: string,
    text: string,
  ) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true });
    for (const error of this.#document.errors) {
      const [message = error.message] = error.message.split(/ at line \d+/);
      this.problems.push({ file, path: '', line: error.linePos?.[0].line ?? 1, message });
    }
  }

  /** @throws ConfigurationError when the file cannot be read. */
  static async read(file: string): Promise<SourceFile> {
    try {
      return new SourceFile(file, await readFile(file, 'utf8'));
    } catch (error) {
      const message =
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? 'the file does not exist'
          : (error as Error).message;
      throw new ConfigurationError([{ file, path: '', line: 1, message }]);
    }
  }

  /** The file's value, with nothing checked. */
  value(): unknown {
    return this.problems.length > 0 ? undefined : this.#document.toJS({ maxAliasCount: 100 });
  }

  /** The line of a value, or of the nearest one above it that exists. */
  lineOf(path: Path): number {
    for (let length = path.length; length >= 0; length--) {
      const found =
        length === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, length), true);
      if (isNode(found) && found.range) return this.#lines.linePos(found.range[0]).line;
    }
    return 1;
  }

  add(path: Path, message: string): void {
    this.problems.push({ file: this.file, path: pathText(path), line: this.lineOf(path), message });
  }

  /** Checks a value, gathers every mistake, and returns the value with its defaults when there is none. */
  check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) this.add([...issue.path, key], unknownKey(key, schema, issue.path));
      } else this.add(issue.path, plain(issue));
    }
    return undefined;
  }

  /** @throws ConfigurationError when any mistake was gathered. */
  throwIfWrong(): void {
    if (this.problems.length > 0) throw new ConfigurationError(this.problems);
  }
}

function plain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined && issue.message.includes('undefined')
      ? 'is missing'
      : `must be ${article(issue.expected)}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
  return issue.message;
}

const article = (type: string) => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);

/** Words where learners put them by mistake, with the place where they belong. */
const ELSEWHERE: Record<string, string> = {
  users: 'users do not stand in this file (auth0-deploy-cli does not carry them): write them into users.json',
};

function unknownKey(key: string, schema: z.ZodType, path: Path): string {
  if (path.length === 0 && ELSEWHERE[key]) return ELSEWHERE[key];
  const near = knownKeys(schema, path).find((known) => distance(known.toLowerCase(), key.toLowerCase()) <= 2);
  return near ? `is not known here; did you mean ${near}?` : 'is not known here';
}

function knownKeys(schema: z.ZodType, path: Path): string[] {
  let inner: unknown = schema;
  const unwrap = (s: unknown): unknown => {
    const def = (s as { def?: { innerType?: unknown } }).def;
    return def?.innerType ? unwrap(def.innerType) : s;
  };
  for (const part of path) {
    inner = unwrap(inner);
    const { shape, element } = inner as { shape?: Record<string, unknown>; element?: unknown };
    inner = typeof part === 'number' ? element : shape?.[String(part)];
  }
  return Object.keys((unwrap(inner) as { shape?: object } | undefined)?.shape ?? {});
}

/** Levenshtein's distance: how many letters must change to make one word the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');
}
