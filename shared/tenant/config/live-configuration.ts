import path from 'node:path';
import { type FileWatch, watchFiles } from '../../lib/watch';
import type { EventStream } from '../events';
import { FileVersions } from './file-versions';
import { type FilePlaces, type Files, loadFiles, rolesPath } from './files';
import { ConfigurationError, type ConfigurationProblem } from './load';
import { ScriptWatch } from './script-watch';

/** tenant.yaml, users.json, user-roles.json and the scripts, as a running tenant follows them. */
export class LiveConfiguration {
  file = '';
  /** Why the last save was refused; undefined when it took effect. */
  problems: ConfigurationProblem[] | undefined;
  readonly #places: FilePlaces;
  readonly #versions = new FileVersions();
  #use: (files: Files) => void = () => {};
  #watched = false;
  #watch: FileWatch | undefined;
  #scripts: ScriptWatch | undefined;
  #reading: Promise<void> = Promise.resolve();
  #moving: Promise<void> = Promise.resolve();

  /** @param env client IDs, secrets and placeholders; asked at each read. */
  constructor(
    places: FilePlaces,
    private readonly env: () => NodeJS.ProcessEnv,
    private readonly events: EventStream,
  ) {
    this.#places = { ...places };
  }

  get config(): string {
    return this.#places.config;
  }

  /** Paths of code in tenant.yaml are relative to it. */
  get base(): string {
    return this.#places.base ?? path.dirname(this.#places.config);
  }

  /** @throws ConfigurationError with every mistake. */
  async open(): Promise<Files> {
    this.#versions.note(this.#own());
    const files = await loadFiles(this.#places, this.env());
    this.#accept(files);
    return files;
  }

  /** @param use applies files that were read again. @returns fulfilled once every later save is noticed. */
  async follow(use: (files: Files) => void, first: Files, watch: boolean): Promise<void> {
    this.#use = use;
    this.#watched = watch;
    if (watch) this.#scripts = new ScriptWatch(() => this.#saved());
    this.#watch = this.#watchOwn();
    await Promise.all([this.#watch?.ready, this.#scripts?.use(first.snapshot.loaded.alsoRead)]);
  }

  /** Reads the files again; calls run one after the other, so that the last one counts. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  readFrom(config: string, base?: string): Promise<void> {
    // One after the other: a watch that is closed early never becomes ready.
    this.#moving = this.#moving.then(async () => {
      this.#places.base = base;
      if (config !== this.#places.config) {
        await this.#watch?.close();
        this.#places.config = config;
        this.#watch = this.#watchOwn();
        await this.#watch?.ready;
      }
      await this.reload();
    });
    return this.#moving;
  }

  async close(): Promise<void> {
    await Promise.all([this.#watch?.close(), this.#scripts?.close()]);
    await this.#reading;
  }

  /** The writer may have triggered a read already. */
  async #saved(): Promise<void> {
    await this.#reading;
    if (this.#versions.changed) await this.reload();
  }

  async #read(): Promise<void> {
    this.#versions.note(this.#own());
    try {
      const files = await loadFiles(this.#places, this.env());
      this.#accept(files);
      this.#use(files);
      await this.#scripts?.use(files.snapshot.loaded.alsoRead);
    } catch (error) {
      this.#refuse(error as Error);
      if (error instanceof ConfigurationError && (await this.#scripts?.useMissing(error.alsoRead)))
        await this.#read();
    }
  }

  #accept(files: Files): void {
    this.#versions.keep([...this.#own(), ...files.snapshot.loaded.alsoRead]);
    this.file = path.resolve(this.#places.config);
    this.problems = undefined;
  }

  /** The last valid configuration remains in effect. */
  #refuse(error: Error): void {
    const known = error instanceof ConfigurationError ? error : undefined;
    if (known) this.#versions.keep([...this.#own(), ...known.alsoRead.keys()]);
    const problems = known?.problems ?? [
      { file: this.#places.config, path: '', line: 1, message: error.message },
    ];
    this.problems = problems;
    this.events.emit({
      type: 'configuration refused',
      problems: problems.map((p) => `${p.file}:${p.line} ${p.path ? `${p.path}: ` : ''}${p.message}`),
    });
  }

  #own(): string[] {
    return [this.#places.config, this.#places.users, rolesPath(this.#places)];
  }

  #watchOwn(): FileWatch | undefined {
    return this.#watched ? watchFiles(this.#own(), () => this.#saved()) : undefined;
  }
}
