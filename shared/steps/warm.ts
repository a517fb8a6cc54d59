import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../party/places';
import type { Order } from './spare';

/** What an app loaded the last time: the next process loads it before it is needed. */
export interface Loaded {
  /** Files of packages, in the order in which they were loaded. */
  packages: string[];
  /** The app's own TypeScript files. */
  files: string[];
}

/** A process that has loaded the packages and compiled the files of an app, and waits for its start. Each serves once. */
export class Spare {
  readonly #child: ChildProcess;
  readonly #ground: string;
  readonly #ready: Promise<boolean>;

  constructor(
    readonly folder: string,
    loaded: Loaded,
    env: NodeJS.ProcessEnv,
  ) {
    this.#ground = groundOf(folder);
    this.#child = spawn(process.execPath, ['-r', 'ts-node/register', path.join(__dirname, 'spare.ts')], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const order: Order = { load: loaded };
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
