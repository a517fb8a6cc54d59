import path from 'node:path';
import * as biome from '@biomejs/wasm-nodejs';

/** A finding as people and editors read it. */
export interface Finding {
  /** `file:line:column`, or the file alone. */
  place: string;
  /** Biome's rule, as `lint/nursery/noFloatingPromises`; `format`. */
  rule: string;
  text: string;
  /** Whether it fails the run. */
  fails: boolean;
}

interface Target {
  projectKey: biome.ProjectKey;
  path: string;
}

/**
 * Lint, format and the order of imports with Biome, built as WebAssembly: Biome's program takes 100 MB for each system, this takes 45 MB for all.
 * Biome sees no disk here. So every file goes into its file system in memory first: from them it knows which functions give a promise.
 */
export class Linter {
  readonly #workspace: biome.Workspace;
  readonly #projectKey: biome.ProjectKey;
  readonly #texts: ReadonlyMap<string, string>;

  /**
   * @param texts the project's files, by their paths from its root with `/`.
   * @param configuration what .biome.json says. Which files Git ignores, the caller knows.
   */
  constructor(texts: ReadonlyMap<string, string>, { vcs: _, ...configuration }: biome.Configuration) {
    this.#texts = texts;
    const memory = new biome.MemoryFileSystem();
    const encoder = new TextEncoder();
    for (const [file, text] of texts) memory.insert(at(file), encoder.encode(text));
    this.#workspace = biome.Workspace.withFileSystem(memory);
    this.#projectKey = this.#workspace.openProject({ path: at(''), openUninitialized: true }).projectKey;
    this.#workspace.updateSettings({
      projectKey: this.#projectKey,
      configuration,
      workspaceDirectory: at(''),
      moduleGraphResolutionKind: 'modulesAndTypes',
    });
    this.#workspace.scanProject({
      projectKey: this.#projectKey,
      force: true,
      scanKind: 'typeAware',
      watch: false,
    });
  }

  /** What is wrong in a file; nothing where Biome does not look at files of its kind. */
  check(file: string): Finding[] {
    return this.#look(file, [], (target, text, formats) => {
      const { diagnostics } = this.#workspace.pullDiagnostics({
        ...target,
        categories: ['syntax', 'lint', 'action'],
        enforceAssist: true,
      });
      const found = diagnostics.map((one) => finding(one, file, text));
      // What cannot be parsed cannot be formatted.
      const parsed = !found.some(({ rule }) => rule.startsWith('parse'));
      if (formats && parsed && this.#workspace.formatFile(target).code !== text)
        found.push({ place: file, rule: 'format', text: 'npm run format changes this file', fails: true });
      return found;
    });
  }

  /** The file's text formatted, with every fix that does not change its meaning. */
  fixed(file: string): string {
    return this.#look(
      file,
      this.#texts.get(file) ?? '',
      (target, _, shouldFormat) =>
        this.#workspace.fixFile({
          ...target,
          fixFileMode: 'safeFixes',
          ruleCategories: ['syntax', 'lint', 'action'],
          shouldFormat,
        }).code,
    );
  }

  close(): void {
    this.#workspace.free();
  }

  #look<T>(file: string, other: T, look: (target: Target, text: string, formats: boolean) => T): T {
    const target = { projectKey: this.#projectKey, path: at(file) };
    const { featuresSupported: supports } = this.#workspace.fileFeatures({
      ...target,
      features: ['lint', 'format'],
    });
    if (supports.lint !== 'supported') return other;
    return look(target, this.#texts.get(file) ?? '', supports.format === 'supported');
  }
}

const at = (file: string) => path.posix.join('/project', file);

function finding(
  { category, severity, description, location }: biome.Diagnostic,
  file: string,
  text: string,
) {
  // A place is counted in bytes.
  const before = Buffer.from(text)
    .subarray(0, location.span?.[0] ?? 0)
    .toString()
    .split('\n');
  return {
    place: `${file}:${before.length}:${(before.at(-1) ?? '').length + 1}`,
    rule: category ?? 'internal',
    text: description,
    fails: severity === 'error' || severity === 'fatal',
  };
}
