import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { REGISTER, ROOT } from '../lib/places';
import { askAgent } from './ask-agent';
import { ASK_LOADED, HAS_LINE, STREAMS } from './ipc-messages';
import type { Loaded, Order } from './types';

/** Asks an app which packages and files it has loaded. Undefined when it does not answer within half a second. */
export async function askLoaded(child: ChildProcess, folder: string): Promise<Loaded | undefined> {
  const loaded = await askAgent(child, ASK_LOADED, (one) => ('loaded' in one ? one.loaded : undefined));
  return loaded && sorted(loaded, folder);
}

function sorted(loaded: readonly string[], folder: string): Loaded {
  const ofPackage = (file: string) => file.split(path.sep).includes('node_modules');
  return {
    packages: loaded.filter(ofPackage),
    files: loaded.filter((file) => !ofPackage(file) && file.startsWith(folder + path.sep)),
    views: viewsIn(folder),
  };
}

/** The pug files of an app. */
export function viewsIn(folder: string): string[] {
  const views = path.join(folder, 'views');
  if (!fs.existsSync(views)) return [];
  const found = fs.readdirSync(views, { recursive: true, encoding: 'utf8' });
  return found.filter((file) => file.endsWith('.pug')).map((file) => path.join(views, file));
}

/** Gives an app a process. */
export interface AppHost {
  /** A process that loads the app with these settings; undefined when the app must start in a new one. */
  take(env: Record<string, string>): Promise<ChildProcess | undefined>;
  /** Ends a process that nobody took. */
  close(): void;
}

/** A process that loaded the packages and compiled the files of an app, and waits for its one start. */
export class PrewarmedProcess implements AppHost {
  readonly #child: ChildProcess;
  readonly #versions: string;
  readonly #ready: Promise<boolean>;

  /** @param exercise whether it also does once what is slow at the first use of an app. */
  constructor(
    readonly folder: string,
    loaded: Loaded,
    env: NodeJS.ProcessEnv,
    exercise = true,
  ) {
    this.#versions = fileVersions(folder);
    this.#child = spawn(process.execPath, ['-r', REGISTER, path.join(__dirname, 'prewarmed-main.ts')], {
      cwd: folder,
      env: { ...env, [HAS_LINE]: '1' },
      stdio: STREAMS,
    });
    const order: Order = { load: loaded, exercise };
    this.#child.send(order, () => {});
    const exited = once(this.#child, 'exit').then(() => false);
    this.#ready = Promise.race([once(this.#child, 'message').then(() => true), exited]).catch(() => false);
  }

  /** Undefined when the process ended, or packages were installed since, so that it may have loaded old ones. */
  async take(env: Record<string, string>): Promise<ChildProcess | undefined> {
    if (!(await this.#ready) || this.#versions !== fileVersions(this.folder)) {
      this.close();
      return undefined;
    }
    const order: Order = { go: { env } };
    this.#child.send(order, () => {});
    return this.#child;
  }

  /** Whether it is ready to start the app. */
  get ready(): Promise<boolean> {
    return this.#ready;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Several of them, for an app that runs as several processes. */
export class PrewarmedProcesses implements AppHost {
  readonly #waiting: PrewarmedProcess[];

  constructor(count: number, ...app: ConstructorParameters<typeof PrewarmedProcess>) {
    this.#waiting = Array.from({ length: count }, () => new PrewarmedProcess(...app));
  }

  async take(env: Record<string, string>): Promise<ChildProcess | undefined> {
    return this.#waiting.shift()?.take(env);
  }

  /** Whether all of them are ready to start the app. */
  get ready(): Promise<boolean> {
    return Promise.all(this.#waiting.map(({ ready }) => ready)).then((all) => all.every(Boolean));
  }

  close(): void {
    for (const one of this.#waiting.splice(0)) one.close();
  }
}

/** Identifies the folder and the packages that are installed for it. */
function fileVersions(folder: string): string {
  const lists = ['package.json', 'node_modules/.package-lock.json'];
  const files = [folder, ...[folder, ROOT].flatMap((at) => lists.map((name) => path.join(at, name)))];
  return files
    .map((file) => fs.statSync(file, { throwIfNoEntry: false }))
    .map((found) => (found ? `${found.ino} ${found.isFile() ? found.mtimeMs : ''}` : 'none'))
    .join('\n');
}
