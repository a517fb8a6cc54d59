import fs from 'node:fs';
import path from 'node:path';
import { workFolder } from '../../shared/steps/layers';
import { type Command, command, type Ended, type Running } from '../support/command';
import { inProcess } from '../support/in-process';
import { fillMyApp, sameTree, snapshot } from '../support/learner';

const WORKSHOP = 'shared/workshop/main.ts';

/** A learner at the shell, with a my-app/ of their own at a path with a space and letters beyond ASCII. */
export class Learner {
  readonly home: string;
  readonly app: string;
  readonly stateFolder: string;

  constructor(name: string) {
    this.home = path.join(workFolder(), `für ${name} ${process.pid}`);
    this.app = path.join(this.home, 'my-app');
    this.stateFolder = path.join(this.home, '.my-app');
    fs.mkdirSync(this.home, { recursive: true });
  }

  /** A command in a process of its own, for tests of processes. */
  spawn(...args: string[]): Command {
    return command(WORKSHOP, args, { env: this.env });
  }
  /** A command in this process. */
  start(...args: string[]): Running {
    return inProcess(WORKSHOP, args, { env: this.env });
  }
  /** The same from its begin to its end; nobody sits at a terminal. */
  run(...args: string[]): Promise<Ended> {
    return this.start(...args).ended;
  }
  get env(): { MY_APP: string } {
    return { MY_APP: this.app };
  }
  read(file: string): string {
    return fs.readFileSync(path.join(this.app, file), 'utf8');
  }
  write(file: string, text: string): void {
    fs.mkdirSync(path.dirname(path.join(this.app, file)), { recursive: true });
    fs.writeFileSync(path.join(this.app, file), text);
  }
  /** The text of the progress file. */
  progress(): string {
    return fs.readFileSync(path.join(this.stateFolder, 'progress.yaml'), 'utf8');
  }
  /** In the middle of step 02, with changes and files of their own. */
  inTheMiddle(): this {
    fs.rmSync(this.home, { recursive: true, force: true });
    fillMyApp(this.app);
    return this;
  }
  bytes(): Record<string, string> {
    return snapshot(this.app);
  }
  /** What was there before and stands neither in my-app/ nor in any copy. */
  lost(before: Record<string, string>): string[] {
    const copies = path.join(this.stateFolder, 'copies');
    const all = fs.existsSync(copies) ? fs.readdirSync(copies) : [];
    const stateFolder = [this.bytes(), ...all.map((id) => snapshot(path.join(copies, id, 'app')))];
    // What npm installed is left where it is, and a copy keeps links by name.
    const own = Object.entries(before).filter(([, bytes]) => !bytes.startsWith('-> '));
    return own
      .filter(([file, bytes]) => !stateFolder.some((one) => one[file] === bytes))
      .map(([file]) => file);
  }
  is(before: Record<string, string>): boolean {
    return sameTree(before, this.bytes());
  }
  remove(): void {
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}
