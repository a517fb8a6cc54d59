import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { REGISTER, ROOT } from '../lib/places';
import { askAgent } from './ask-agent';
import { ASK_LOADED, HAS_LINE, STREAMS } from './ipc-messages';
import type { Loaded, Order } from './types';

/**
 * Asks an app which packages and files it has loaded.
 *
 * @returns nothing when it does not answer within half a second.
 */
export async function askLoaded(child: ChildProcess, folder: string): Promise<Loaded | undefined> {
  const loaded = await askAgent(child, ASK_LOADED, (words) => ('loaded' in words ? words.loaded : undefined));
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
  /**
   * Lets a process load the app.
   *
   * @param env the app's settings.
   * @returns undefined when there is none of use: then the app starts in a new one.
   */
  take(env: Record<string, string>): Promise<ChildProcess | undefined>;
  /** Ends a process that nobody has taken. */
  close(): void;
}

/** A process that has loaded the packages and compiled the files of an app, and waits for its start. Each serves once. */
export class PrewarmedProcess implements AppHost {
  readonly #child: ChildProcess;
  readonly #ground: string;
  readonly #ready: Promise<boolean>;

  /** @param exercise whether it also does once what is slow the first time that an app is used. */
  constructor(
    readonly folder: string,
    loaded: Loaded,
    env: NodeJS.ProcessEnv,
    exercise = true,
  ) {
    this.#ground = groundOf(folder);
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

  /**
   * Lets it load the app.
   *
   * @returns the process; undefined when it is of no use: it ended, or packages were installed since, so that it may have loaded old ones.
   */
  async take(env: Record<string, string>): Promise<ChildProcess | undefined> {
    if (!(await this.#ready) || this.#ground !== groundOf(this.folder)) {
      this.close();
      return undefined;
    }
    const order: Order = { go: { env } };
    this.#child.send(order, () => {});
    return this.#child;
  }

  /** Whether it could begin at once. */
  get ready(): Promise<boolean> {
    return this.#ready;
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What a waiting process has taken for granted: the folder itself, and which packages are installed. */
function groundOf(folder: string): string {
  const parts = [
    folder,
    ...[folder, ROOT].flatMap((at) => [
      path.join(at, 'package.json'),
      path.join(at, 'node_modules/.package-lock.json'),
    ]),
  ];
  return parts
    .map((part) => {
      const found = fs.statSync(part, { throwIfNoEntry: false });
      return found ? `${found.ino} ${found.isFile() ? found.mtimeMs : ''}` : 'none';
    })
    .join('\n');
}
