import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../shared/steps/layers';
import { temporaryFolder } from '../support/workshop';

/** Loaded from where they lie, so they are copied; what a link leads to finds the binaries of this repository. */
const WITH_BINARY = ['@swc/core', '@node-rs/bcrypt'];

/** A clone with all that the preflight looks at: its packages are links to those of this repository, and can be taken away. */
export class Tree {
  readonly #temporary = temporaryFolder();
  readonly folder = this.#temporary.folder;

  constructor() {
    for (const file of ['package.json', 'package-lock.json'])
      fs.copyFileSync(path.join(ROOT, file), this.at(file));
    fs.cpSync(path.join(ROOT, 'shared', 'preflight'), this.at('shared/preflight'), { recursive: true });
  }

  at(file: string): string {
    return path.join(this.folder, file);
  }

  install(): this {
    fs.mkdirSync(this.at('node_modules'));
    const from = path.join(ROOT, 'node_modules');
    const all = fs
      .readdirSync(from)
      .filter((name) => !name.startsWith('.'))
      .flatMap((name) =>
        name.startsWith('@') ? fs.readdirSync(path.join(from, name)).map((one) => `${name}/${one}`) : [name],
      );
    for (const name of all) {
      const to = this.at(`node_modules/${name}`);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      if (WITH_BINARY.includes(name)) fs.cpSync(path.join(from, name), to, { recursive: true });
      else fs.symlinkSync(path.join(from, name), to, 'junction');
    }
    fs.copyFileSync(path.join(from, '.package-lock.json'), this.at('node_modules/.package-lock.json'));
    return this;
  }

  /** Takes packages away: `@swc/core-*` and the like take all whose names begin so. */
  without(...names: string[]): this {
    for (const name of names) {
      const [, scope = '.', start = name] = /^(?:(@[^/]+)\/)?(.+?)\*?$/.exec(name) ?? [];
      const folder = this.at(`node_modules/${scope}`);
      const is = (one: string) => (name.endsWith('*') ? one.startsWith(start) : one === start);
      for (const one of fs.readdirSync(folder).filter(is))
        fs.rmSync(path.join(folder, one), { recursive: true });
    }
    return this;
  }

  write(file: string, text: string): this {
    fs.mkdirSync(path.dirname(this.at(file)), { recursive: true });
    fs.writeFileSync(this.at(file), text);
    return this;
  }

  edit(file: string, change: (text: string) => string): this {
    return this.write(file, change(fs.readFileSync(this.at(file), 'utf8')));
  }

  /**
   * What a script of package.json runs, without npm.
   *
   * @param before code that is run first, to be another machine.
   */
  script(name: string, args: string[] = [], before = '') {
    const { scripts } = JSON.parse(fs.readFileSync(this.at('package.json'), 'utf8'));
    const [node, ...words] = (scripts[name] as string).split(' ');
    if (node !== 'node') throw new Error(`npm run ${name} does not begin with node`);
    return this.node([...words, ...args], before);
  }

  node(args: string[], before = '') {
    this.write('before.js', before);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', './before.js', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  remove(): void {
    this.#temporary.remove();
  }
}
